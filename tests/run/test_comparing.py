import json
import random
import shutil
from pathlib import Path

import pytest
from compared_runs import CASES, better_rows, judged, judged_by_the_same, prediction_rows
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from running import case_lines
from scipy import stats

from evaluator.errors import ConfigError, DataUnusable
from evaluator.report.comparison import Comparison, ComparisonReport
from evaluator.run.comparing import compare_runs, distinct_names
from evaluator.statistics.comparison import holm


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged(prediction_rows(), tmp_path_factory.mktemp("runs") / "base")


@pytest.fixture(scope="module")
def better(base: Path) -> Path:
    return judged_by_the_same(better_rows(prediction_rows()), base.parent / "better", base)


def compared(*runs: Path) -> Comparison:
    (comparison,) = compare_runs(runs, 0).comparisons
    return comparison


def written(run: Path, cases: list[dict[str, object]], to: Path) -> Path:
    """A copy of a run with other cases in its file."""
    shutil.copytree(run, to)
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    (to / "cases.jsonl").write_text(lines, "utf-8")
    return to


def test_both_measures_are_paired_by_case(base: Path, better: Path) -> None:
    found = compared(base, better)
    before = {case["id"]: case for case in case_lines(base)}
    after = {case["id"]: case for case in case_lines(better)}
    right = {name: case["predicted"] == case["gold"] for name, case in before.items()}
    right_now = {name: case["predicted"] == case["gold"] for name, case in after.items()}
    only_now = sum(right_now[name] and not right[name] for name in before)
    assert only_now > 20
    accuracy, relevance = found.accuracy, found.relevance
    assert (accuracy.n, accuracy.only_first, accuracy.only_second) == (CASES, 0, only_now)
    assert accuracy.first == pytest.approx(sum(right.values()) / CASES)
    assert accuracy.difference.value == pytest.approx(only_now / CASES)
    assert accuracy.p_value == pytest.approx(stats.binomtest(only_now, only_now).pvalue)
    gains = [after[name]["score"] - before[name]["score"] for name in before]
    assert relevance.difference.value == pytest.approx(sum(gains) / CASES)
    assert relevance.second == pytest.approx(sum(one["score"] for one in after.values()) / CASES)
    assert found.probability_more_accurate == found.probability_more_relevant == 1
    assert (found.conclusion, found.better_in) == ("better", ("accuracy", "relevance"))
    assert found.verdicts_apart.model_dump() == {
        "pairs": 66,
        "apart": 0,
        "largest_gap": 0,
        "cases": 0,
    }


def test_both_measures_are_adjusted_together(base: Path, better: Path) -> None:
    report = compare_runs([base, better, base], 0)
    p_values, adjusted = [], []
    for one in report.comparisons:
        p_values += [one.accuracy.p_value, one.relevance.p_value]
        adjusted += [one.accuracy.adjusted_p, one.relevance.adjusted_p]
    # Those of the run against itself are 1; the two others are the least of four.
    least, next_one = sorted(p for p in p_values if p is not None)[:2]
    assert sorted(p for p in adjusted if p is not None) == pytest.approx(
        [4 * least, max(4 * least, 3 * next_one), 1, 1]
    )
    assert [one.letter for one in report.comparisons] == ["B", "C"]
    assert [run.letter for run in report.runs] == ["A", "B", "C"]


def test_a_run_compared_with_itself_is_no_evidence(base: Path) -> None:
    found = compared(base, base)
    assert (found.conclusion, found.better_in, found.worse_in) == ("no-evidence", (), ())
    assert found.accuracy.difference.value == found.relevance.difference.value == 0
    assert found.accuracy.p_value == found.relevance.p_value == 1
    assert found.probability_more_accurate == found.probability_more_relevant == 0.5
    assert found.lost.total == found.gained.total == 0
    # No case is discordant, so that no number of cases shows three points.
    assert found.cases_needed is None


def test_what_flipped_is_listed_with_both_predictions(base: Path, better: Path) -> None:
    found = compared(base, better)
    before = {case["id"]: case for case in case_lines(base)}
    assert found.lost.total == 0
    assert found.gained.total == len(found.gained.listed) == found.accuracy.only_second
    for case in found.gained.listed:
        line = before[case.id]
        assert (case.gold, case.first_predicted) == (line["gold"], line["predicted"])
        assert (case.second_predicted, case.second_score) == (line["gold"], 1)
        assert case.first_score == line["score"]
        assert case.excerpt == line["excerpt"] is not None
    changes = [1 - (case.first_score or 0) for case in found.gained.listed]
    assert changes == sorted(changes, reverse=True)


def test_labels_are_compared_one_by_one(base: Path, better: Path) -> None:
    found = compared(base, better)
    lines = case_lines(base)
    by_label = {one.label: one for one in found.labels}
    assert by_label.keys() == {line["gold"] for line in lines}
    for label, change in by_label.items():
        own = [line for line in lines if line["gold"] == label]
        right = sum(line["predicted"] == label for line in own)
        assert change.recall.n == len(own)
        assert change.recall.first == pytest.approx(right / len(own))
        scores = [line["score"] for line in own]
        assert change.first_score == pytest.approx(sum(scores) / len(own))
    adjusted = holm([one.recall.p_value for one in found.labels])
    assert [one.recall.adjusted_p for one in found.labels] == pytest.approx(adjusted)
    assert adjusted != [one.recall.p_value for one in found.labels]
    sizes = [abs(one.recall.difference.value or 0) for one in found.labels]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(one.recall.only_second for one in found.labels) == found.accuracy.only_second


def mirrored(one: Comparison) -> Comparison:
    """What the same two runs must give the other way round."""
    turned = {"better": "worse", "worse": "better"}

    def rate(change: dict) -> None:  # type: ignore[type-arg]
        score(change)
        if "only_first" in change:
            change["only_first"], change["only_second"] = (
                change["only_second"],
                change["only_first"],
            )

    def score(change: dict) -> None:  # type: ignore[type-arg]
        change["first"], change["second"] = change["second"], change["first"]
        missing = change["missing"]
        missing["first"], missing["second"] = missing["second"], missing["first"]
        difference = change["difference"]
        if difference["value"] is not None:
            difference["value"] = -difference["value"]
        if difference["ci95"] is not None:
            low, high = difference["ci95"]
            difference["ci95"] = (-high, -low)

    content = one.model_dump()
    rate(content["accuracy"])
    rate(content["relevance"])
    for label in content["labels"]:
        rate(label["recall"])
        label["first_score"], label["second_score"] = label["second_score"], label["first_score"]
    content["lost"], content["gained"] = content["gained"], content["lost"]
    for way in ("lost", "gained"):
        for case in content[way]["listed"]:
            for what in ("predicted", "score"):
                first, second = f"first_{what}", f"second_{what}"
                case[first], case[second] = case[second], case[first]
    content["better_in"], content["worse_in"] = content["worse_in"], content["better_in"]
    content["conclusion"] = turned.get(one.conclusion, one.conclusion)
    for name in ("probability_more_accurate", "probability_more_relevant"):
        if content[name] is not None:
            content[name] = pytest.approx(1 - content[name])
    return content  # type: ignore[return-value]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["ships", "trains", "soup"]),
        st.sampled_from(["ships", "trains", "soup", None]),
        st.sampled_from(["ships", "trains", "soup", None]),
        st.sampled_from([0.0, 0.2, 0.5, None]),
        st.sampled_from([0.0, 0.2, 0.5, None]),
    ),
    min_size=1,
    max_size=30,
)


def line(number: int, gold: str, predicted: str | None, score: float | None) -> dict[str, object]:
    unscored = predicted is None or (score is None and predicted != gold)
    return {
        "id": f"c{number}",
        "gold": gold,
        "predicted": predicted,
        "confidence": None,
        "score": None if unscored else 1.0 if predicted == gold else score,
        "level": None,
        "p_related": None,
        "p_same": None,
        "flags": [],
        "excerpt": None,
    }


@given(cases=LINES, draw=st.randoms(use_true_random=False))
@searching
def test_two_runs_compared_either_way_and_in_any_order_say_the_same(
    base: Path,
    tmp_path: Path,
    cases: list[tuple[str, str | None, str | None, float | None, float | None]],
    draw: random.Random,
) -> None:
    for name in ("one", "two", "shuffled"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    ours = [line(n, case[0], case[1], case[3]) for n, case in enumerate(cases)]
    theirs = [line(n, case[0], case[2], case[4]) for n, case in enumerate(cases)]
    one, two = written(base, ours, tmp_path / "one"), written(base, theirs, tmp_path / "two")
    found = compared(one, two)
    assert compared(two, one).model_dump() == mirrored(found)
    shuffled = theirs[:]
    draw.shuffle(shuffled)
    assert compared(one, written(base, shuffled, tmp_path / "shuffled")) == found
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if a["predicted"] and b["predicted"]]
    assert found.accuracy.n == len(both)
    assert found.accuracy.missing.first == sum(case["predicted"] is None for case in ours)
    assert found.relevance.missing.second == sum(case["score"] is None for case in theirs)
    assert found.lost.total == found.accuracy.only_first
    assert sum(change.recall.n for change in found.labels) == len(both)


def test_cases_without_a_verdict_are_left_out_and_counted(base: Path) -> None:
    rows = prediction_rows()
    rows[3]["predicted"] = rows[5]["predicted"] = ""
    found = compared(base, judged_by_the_same(rows, base.parent / "missing", base))
    assert found.accuracy.n == found.relevance.n == CASES - 2
    assert found.accuracy.missing.model_dump() == {"first": 0, "second": 2}
    assert found.relevance.missing.model_dump() == {"first": 0, "second": 2}


def test_of_many_flips_those_are_listed_that_change_most(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluator.run.flipped_cases.MOST_LISTED", 2)
    scores = (0.3, 0.1, None, 0.2)
    right = [line(n, "ships", "ships", 1.0) for n in range(4)]
    wrong = [line(n, "ships", "soup", score) for n, score in enumerate(scores)]
    one, two = written(base, right, tmp_path / "one"), written(base, wrong, tmp_path / "two")
    lost = compared(one, two).lost
    assert lost.total == 4
    assert [case.id for case in lost.listed] == ["c1", "c3"]


def test_verdicts_of_a_server_that_is_not_reproducible_are_counted(
    base: Path, tmp_path: Path
) -> None:
    apart = shutil.copytree(base, tmp_path / "apart")
    matrix = json.loads((apart / "matrix.json").read_text("utf-8"))
    matrix["cells"][0]["forward"]["logit"] += 0.5
    (apart / "matrix.json").write_text(json.dumps(matrix), "utf-8")
    cases = case_lines(base)
    miss = next(case for case in cases if case["predicted"] != case["gold"])
    miss["score"] += 0.01
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    (apart / "cases.jsonl").write_text(lines, "utf-8")
    found = compared(base, apart).verdicts_apart
    assert (found.pairs, found.apart, found.cases) == (66, 1, 1)
    assert 0 < found.largest_gap < 0.25


def test_runs_have_the_shortest_names_that_tell_them_apart(tmp_path: Path) -> None:
    paths = [tmp_path / "x" / "run", tmp_path / "y" / "run"]
    assert distinct_names(paths) == ["x/run", "y/run"]
    assert distinct_names([tmp_path / "a", tmp_path / "b" / ".." / "c"]) == ["a", "c"]
    assert distinct_names([tmp_path / "a", tmp_path / "a"]) == ["a", "a"]


def test_a_report_says_what_was_compared(base: Path, better: Path) -> None:
    report = compare_runs([base, better], 7)
    assert ComparisonReport.model_validate_json(report.model_dump_json()) == report
    assert [run.name for run in report.runs] == ["base", "better"]
    assert report.baseline.source == str(base.with_suffix(".csv"))
    assert (report.calibration, report.base_rate, report.seed) == ("none", None, 7)
    assert report.judge.model == "llama3.2:latest"
    assert report.regressed == ()
    assert [one.letter for one in compare_runs([better, base], 7).regressed] == ["B"]


def test_what_cannot_be_compared_is_one_sentence(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2 to 26 run directories can be compared, not 1"):
        compare_runs([base], 0)
    with pytest.raises(ConfigError, match="not 27"):
        compare_runs([base] * 27, 0)
    with pytest.raises(DataUnusable, match="holds no judged cases"):
        compare_runs([base, base / "matrix.json"], 0)
    with pytest.raises(DataUnusable, match="holds no judged cases"):
        compare_runs([base, written(base, [], tmp_path / "empty")], 0)
    twice = written(base, [line(0, "ships", "ships", None)] * 2, tmp_path / "twice")
    with pytest.raises(DataUnusable, match="holds a case twice"):
        compare_runs([twice, twice], 0)
