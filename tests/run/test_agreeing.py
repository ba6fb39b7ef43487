import json
import shutil
from pathlib import Path

import pytest
from rated_run import CASES, rate, rating, read_table, scored, write_table

from evaluator.errors import DataUnusable
from evaluator.judge.calibration_file import fit_labelled, read_calibration
from evaluator.judge.verdict import RISING
from evaluator.report.agreement import AgreementReport, measure
from evaluator.run.agreeing import compare_with_people
from evaluator.run.drawing import draw_for_rating
from evaluator.run.finished import read_finished
from evaluator.statistics.agreement import quadratic_kappa
from evaluator.statistics.correction import JudgeAgainstHumans, corrected_mean, corrected_rate

SCORES = {"same": 1.0, "related": 0.5, "unrelated": 0.0}


@pytest.fixture
def run(judged: Path, tmp_path: Path) -> Path:
    return shutil.copytree(judged, tmp_path / "run")


def random_ratings(run: Path, path: Path, n: int = 80) -> Path:
    draw_for_rating(run, n, "random", 4, path)
    return rate(path)


def pair_ratings(run: Path, path: Path, n: int = 66) -> Path:
    draw_for_rating(run, n, "uncertain", 0, path)
    return rate(path)


def test_random_ratings_are_compared_with_and_without_exact_matches(
    run: Path, tmp_path: Path
) -> None:
    table = random_ratings(run, tmp_path / "human.csv")
    report = compare_with_people(run, table, None, seed=6)
    cases = scored(run)
    rows = read_table(table)
    exact = [row for row in rows if row["predicted"] == row["gold"]]
    assert (report.unit, report.drawn, report.raters) == ("cases", "random", 1)
    assert (report.rated, report.unrated, report.unscored) == (80, 0, 0)
    assert report.all_items.n == 80
    assert report.judged_items is not None
    assert report.judged_items.n == 80 - len(exact)
    misses = [row for row in rows if row not in exact]
    people = [row["human"] for row in misses]
    judge = ["related" if cases[row["id"]]["p_related"] > 0.5 else "unrelated" for row in misses]
    expected = measure(quadratic_kappa(people, judge, RISING, 6))
    assert report.judged_items.quadratic_kappa == expected
    # Equal texts are always rated the same, so that with them everything looks better.
    assert expected.value is not None
    assert report.all_items.quadratic_kappa.value is not None
    assert report.all_items.quadratic_kappa.value > expected.value
    assert report.judge == read_finished(run).matrix.lock


def test_random_ratings_correct_the_score_and_the_pass_rate(run: Path, tmp_path: Path) -> None:
    table = random_ratings(run, tmp_path / "human.csv")
    correction = compare_with_people(run, table, None, seed=0).correction
    assert correction is not None
    cases = scored(run)
    rows = read_table(table)
    people = [SCORES[row["human"]] for row in rows]
    judge = [cases[row["id"]]["score"] for row in rows]
    drawn = {row["id"] for row in rows}
    others = [case["score"] for case in cases.values() if case["id"] not in drawn]
    assert (correction.labelled, correction.unlabelled) == (80, len(cases) - 80)
    mean = corrected_mean(people, judge, others)
    assert correction.score.value == pytest.approx(mean.mean.value)
    assert correction.score.ci95 == pytest.approx(mean.mean.interval)
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    assert correction.score.by_the_judge == pytest.approx(summary["score"]["mean"])
    assert correction.pass_rate.by_the_judge == pytest.approx(summary["pass"]["rate"])
    # With a threshold of 0.8 the right labels pass alone, for people as for the judge.
    right = sum(one == 1 for one in people)
    assert right == sum(one >= 0.8 for one in judge)
    knows = JudgeAgainstHumans(right, right, 80 - right, 80 - right)
    rate_of_all = corrected_rate(sum(one >= 0.8 for one in others), len(others), knows)
    assert correction.threshold == 0.8
    assert correction.pass_rate.value == rate_of_all.value
    assert correction.pass_rate.ci95 == pytest.approx(rate_of_all.interval)


def test_the_correction_finds_what_people_would_say_of_all(run: Path, tmp_path: Path) -> None:
    correction = compare_with_people(
        run, random_ratings(run, tmp_path / "human.csv", 120), None, seed=0
    ).correction
    assert correction is not None
    truth = [SCORES[rating(case["predicted"], case["gold"])] for case in scored(run).values()]
    low, high = correction.score.ci95 or (1.0, 0.0)
    assert low <= sum(truth) / len(truth) <= high


def test_ratings_that_were_not_drawn_at_random_correct_nothing(run: Path, tmp_path: Path) -> None:
    table = random_ratings(run, tmp_path / "human.csv")
    rows = [{"id": row["id"], "human": row["human"]} for row in read_table(table)]
    report = compare_with_people(run, write_table(table, rows), None, seed=0)
    assert (report.drawn, report.correction) == (None, None)
    uncertain = pair_ratings(run, tmp_path / "pairs.csv")
    report = compare_with_people(run, uncertain, None, seed=0)
    assert (report.unit, report.drawn, report.correction) == ("pairs", "uncertain", None)


def test_pairs_correct_nothing_however_they_were_drawn(run: Path, tmp_path: Path) -> None:
    rows = [{**row, "drawn": "random"} for row in read_table(pair_ratings(run, tmp_path / "p.csv"))]
    report = compare_with_people(run, write_table(tmp_path / "pairs.csv", rows), None, seed=0)
    assert (report.drawn, report.correction) == ("random", None)


def test_what_is_not_rated_yet_is_counted(run: Path, tmp_path: Path) -> None:
    table = random_ratings(run, tmp_path / "human.csv")
    rows = read_table(table)
    write_table(table, [*rows[:70], *({**row, "human": ""} for row in rows[70:])])
    report = compare_with_people(run, table, None, seed=0)
    assert (report.rated, report.unrated) == (70, 10)
    assert report.correction is not None
    assert (report.correction.labelled, report.correction.unlabelled) == (70, CASES - 2 - 70)


def test_the_report_is_kept_in_the_run_directory(run: Path, tmp_path: Path) -> None:
    report = compare_with_people(run, random_ratings(run, tmp_path / "human.csv"), None, seed=0)
    kept = (run / "agreement.json").read_text("utf-8")
    assert AgreementReport.model_validate_json(kept) == report


def test_beside_a_matrix_nothing_is_written(run: Path, tmp_path: Path) -> None:
    before = sorted(run.iterdir())
    table = pair_ratings(run, tmp_path / "pairs.csv")
    report = compare_with_people(run / "matrix.json", table, None, seed=0)
    assert report.all_items.n == 66
    assert report.judged_items == report.all_items
    assert sorted(run.iterdir()) == before


def test_a_calibration_is_fitted_to_the_rated_pairs(run: Path, tmp_path: Path) -> None:
    table, file = pair_ratings(run, tmp_path / "pairs.csv"), tmp_path / "calibration.json"
    report = compare_with_people(run, table, file, seed=0)
    found = read_calibration(file)
    matrix = read_finished(run).matrix
    rows = {matrix.labels.pair(row["predicted"], row["gold"]): row for row in read_table(table)}
    pairs = sorted(rows, key=lambda pair: (pair.first, pair.second))
    logits = [matrix.centred_logit(pair) for pair in pairs]
    related = [rows[pair]["human"] == "related" for pair in pairs]
    assert found == fit_labelled(matrix.lock, logits, related, centred=False)
    assert (found.kind, found.n) == ("platt", 66)
    assert report.calibration is not None
    assert report.calibration.model_dump() == {
        "kind": "platt",
        "n": 66,
        "base_rate": sum(related) / 66,
        "file": str(file),
    }
    # The judge says 80 % of what is related and 20 % of the rest, cakes apart; people are sure.
    assert found.fit.probability(2.0) > 0.8
    assert found.fit.probability(-2.0) < 0.2


def test_rated_cases_calibrate_by_their_pairs(run: Path, tmp_path: Path) -> None:
    table, file = random_ratings(run, tmp_path / "human.csv", CASES), tmp_path / "calibration.json"
    shown = {frozenset((row["predicted"], row["gold"])) for row in read_table(table)}
    assert compare_with_people(run, table, file, seed=0).calibration is not None
    assert read_calibration(file).n == sum(len(pair) == 2 for pair in shown)


def test_too_few_pairs_calibrate_nothing_and_write_nothing(run: Path, tmp_path: Path) -> None:
    table, file = pair_ratings(run, tmp_path / "pairs.csv", 49), tmp_path / "calibration.json"
    with pytest.raises(DataUnusable, match=r"needs 50 labelled pairs .* there are 49"):
        compare_with_people(run, table, file, seed=0)
    assert not file.exists()
    assert not (run / "agreement.json").exists()
