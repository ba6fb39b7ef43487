import json
from pathlib import Path

import pytest

from evaluator.errors import DataUnusable
from evaluator.report.summary import Summary, read_summary


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
