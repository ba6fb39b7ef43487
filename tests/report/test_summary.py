import json
from pathlib import Path

import pytest

from evaluator.errors import DataUnusable
from evaluator.report.summary import (
    Confusion,
    LabelRow,
    Summary,
    most_missed,
    read_summary,
    worst_first,
)


def written(folder: Path, content: str) -> Path:
    path = folder / "summary.json"
    path.write_text(content, "utf-8")
    return path


def test_a_summary_is_read_as_it_was_written(tmp_path: Path, summary: Summary) -> None:
    path = written(tmp_path, summary.model_dump_json(by_alias=True))
    assert read_summary(path) == summary
    assert "pass" in json.loads(path.read_text("utf-8"))


def test_findings_leave_out_what_differs_between_equal_runs(summary: Summary) -> None:
    findings = summary.findings()
    everything = summary.model_dump(mode="json", by_alias=True)
    assert findings.keys() == everything.keys() - {"usage", "timings"}
    again = summary.model_copy(update={"timings": {"judging": 9.0}})
    assert again.findings() == findings


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_what_is_no_summary_is_named(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(DataUnusable, match="is not a readable summary"):
        read_summary(path)


def test_a_summary_of_another_version_is_refused(tmp_path: Path, summary: Summary) -> None:
    content = json.loads(summary.model_dump_json(by_alias=True))
    path = written(tmp_path, json.dumps({**content, "schema_version": 2}))
    with pytest.raises(DataUnusable):
        read_summary(path)


def test_a_missing_summary_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnusable, match=r"none\.json is not a readable summary"):
        read_summary(tmp_path / "none.json")


def test_confusions_that_lose_as_much_are_in_alphabetical_order() -> None:
    def confusion(gold: str, predicted: str, n: int, score: float | None) -> Confusion:
        return Confusion(gold=gold, predicted=predicted, n=n, score=score, p_related=None)

    # Lost: 4·0.5 = 2, 2·1 = 2, 2·1 = 2, 3·0.9 = 2.7.
    met = [
        confusion("b", "a", 4, 0.5),
        confusion("a", "c", 2, None),
        confusion("a", "b", 2, 0.0),
        confusion("z", "z", 3, 0.1),
    ]
    ordered = worst_first(met)
    assert [(one.gold, one.predicted) for one in ordered] == [
        ("z", "z"),
        ("a", "b"),
        ("a", "c"),
        ("b", "a"),
    ]


def test_of_too_many_labels_those_with_the_most_misses_come_first() -> None:
    def label(name: str, n: int, recall: float, score: float | None) -> LabelRow:
        return LabelRow(
            label=name, n=n, precision=1, recall=recall, f1=1, score=score, error_relevance=None
        )

    # Missed: 3 of 3, 3 of 9, 2 of 4, 3 of 6; of those missed three times b scores least.
    rows = (label("a", 3, 0, 0.5), label("b", 9, 2 / 3, 0.1), label("c", 4, 0.5, None))
    rows = (*rows, label("d", 6, 0.5, 0.5))
    assert most_missed(rows, 4) == rows
    assert [one.label for one in most_missed(rows, 3)] == ["b", "a", "d"]
