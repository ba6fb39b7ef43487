from dataclasses import replace
from pathlib import Path

import pytest
from rated_run import Row, rating, read_table, scored, write_table
from running import case_lines

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import PairJudgement, TextJudgement
from evaluator.judge.question import TextPair
from evaluator.judge.scoring import Reading
from evaluator.judge.verdict import text_verdict
from evaluator.run.finished import read_finished
from evaluator.run.human_labels import read_human_labels
from evaluator.run.rating import Rated, rated


def join(run: Path, table: Path) -> Rated:
    finished = read_finished(run)
    return rated(finished, read_human_labels(table, finished.levels))


def cases(run: Path, n: int) -> list[Row]:
    return [{"id": one, "human": "related"} for one in list(scored(run))[:n]]


def test_a_rated_case_has_its_own_verdict(judged: Path, tmp_path: Path) -> None:
    lines = list(scored(judged).values())[:60]
    rows = [{"id": one["id"], "human": rating(one["predicted"], one["gold"])} for one in lines]
    found = join(judged, write_table(tmp_path / "human.csv", rows))
    assert len(found.items) == 60
    for item, line, row in zip(found.items, lines, rows, strict=True):
        assert item.score == line["score"]
        assert item.human == row["human"]
        exact = line["flags"] == ["exact"]
        assert item.by_rule == exact
        assert item.p_related == (1.0 if exact else line["p_related"])
        assert item.level == (
            "same" if exact else "related" if line["p_related"] > 0.5 else "unrelated"
        )


def test_the_other_cases_scores_are_kept_for_the_correction(judged: Path, tmp_path: Path) -> None:
    found = join(judged, write_table(tmp_path / "human.csv", cases(judged, 25)))
    assert list(found.unrated_scores) == [one["score"] for one in scored(judged).values()][25:]


def test_ratings_of_cases_with_the_same_pair_are_of_that_pair(judged: Path, tmp_path: Path) -> None:
    misses = [one for one in scored(judged).values() if one["predicted"] != one["gold"]]
    rows = [{"id": one["id"], "human": "related"} for one in misses]
    found = join(judged, write_table(tmp_path / "human.csv", rows))
    labels = read_finished(judged).matrix.labels
    pairs = [labels.pair(one["predicted"], one["gold"]) for one in misses]
    assert set(found.ratings_of_pairs) == set(pairs)
    for pair, ratings in found.ratings_of_pairs.items():
        assert ratings == ("related",) * pairs.count(pair)


def test_a_rated_case_without_a_verdict_is_counted(judged: Path, tmp_path: Path) -> None:
    unscored = [line["id"] for line in case_lines(judged) if line["score"] is None]
    rows = [*cases(judged, 5), *({"id": one, "human": "same"} for one in unscored)]
    found = join(judged, write_table(tmp_path / "human.csv", rows))
    assert (len(found.items), found.unscored) == (5, 2)


def test_a_pair_is_the_same_in_both_directions(judged: Path, tmp_path: Path) -> None:
    rows = [
        {"predicted": "trams", "gold": "cars", "human": "related"},
        {"predicted": "cars", "gold": "trams", "human": "0"},
    ]
    found = join(judged, write_table(tmp_path / "human.csv", rows))
    (item,) = found.items
    assert item.ratings == ("related", "unrelated")
    assert set(item.labels or ()) == {"cars", "trams"}
    assert item.human_score == 0.25
    assert found.ratings_of_pairs == {LabelPair(*(item.labels or ())): item.ratings}


def test_a_pair_has_the_verdict_of_the_table_of_pairs(judged: Path, tmp_path: Path) -> None:
    table = read_table(judged / "pairs.csv")
    rows = [{**row, "human": rating(row["predicted"], row["gold"])} for row in table]
    found = join(judged, write_table(tmp_path / "human.csv", rows))
    assert len(found.items) == 66
    verdicts = {(row["predicted"], row["gold"]): row for row in table}
    for item in found.items:
        assert item.labels is not None
        verdict = verdicts[item.labels]
        assert item.score == pytest.approx(float(verdict["score"]), rel=1e-5)
        assert item.p_related == pytest.approx(float(verdict["p_related"]), rel=1e-5)
        assert not item.by_rule


def test_equal_labels_need_no_verdict_and_calibrate_nothing(judged: Path, tmp_path: Path) -> None:
    rows = [{"predicted": "cars", "gold": "Cars", "human": "same"}]
    found = join(judged, write_table(tmp_path / "human.csv", rows))
    (item,) = found.items
    assert (item.by_rule, item.level, item.score, item.p_related) == (True, "same", 1.0, 1.0)
    assert found.ratings_of_pairs == {}


def test_a_text_outside_of_the_label_set_has_the_verdict_on_it(
    judged: Path, tmp_path: Path
) -> None:
    run = read_finished(judged)
    related, same = Reading(2.0, 1.0), Reading(-1.0, 1.0)
    judgement = TextJudgement(PairJudgement(related, related), PairJudgement(same, same))
    texts = {TextPair("steamboats", "ships"): judgement}
    run = replace(run, matrix=replace(run.matrix, text_judgements=texts))
    rows = [{"predicted": "steamboats", "gold": "ships", "human": "related"}]
    human = read_human_labels(write_table(tmp_path / "human.csv", rows), run.levels)
    found = rated(run, human)
    (item,) = found.items
    verdict = text_verdict(TextPair("steamboats", "ships"), run.matrix, run.levels)
    assert (item.score, item.p_related) == (verdict.score, verdict.p_related)
    assert (item.level, item.by_rule, item.labels) == ("related", False, ("steamboats", "ships"))
    assert found.ratings_of_pairs == {}


def test_a_case_that_the_run_does_not_hold_is_refused(judged: Path, tmp_path: Path) -> None:
    rows = [*cases(judged, 3), {"id": "another", "human": "same"}]
    with pytest.raises(DataUnusable, match="holds no case 'another'"):
        join(judged, write_table(tmp_path / "human.csv", rows))


@pytest.mark.parametrize("column", ["predicted", "gold"])
def test_a_rating_of_another_prediction_is_refused(
    column: str, judged: Path, tmp_path: Path
) -> None:
    line = next(iter(scored(judged).values()))
    row = {"id": line["id"], "predicted": line["predicted"], "gold": line["gold"], "human": "same"}
    table = write_table(tmp_path / "human.csv", [row])
    assert len(join(judged, table).items) == 1
    write_table(table, [{**row, column: "zebras"}])
    with pytest.raises(DataUnusable, match=f"was rated for 'zebras', .* has '{line[column]}'"):
        join(judged, table)


def test_two_predictions_of_one_case_are_refused(judged: Path, tmp_path: Path) -> None:
    line = next(iter(scored(judged).values()))
    row = {"id": line["id"], "predicted": line["predicted"], "human": "same"}
    table = write_table(tmp_path / "human.csv", [row, {**row, "predicted": "zebras"}])
    with pytest.raises(DataUnusable, match="rated for two different predictions"):
        join(judged, table)


def test_a_label_outside_of_the_matrix_is_refused(judged: Path, tmp_path: Path) -> None:
    rows = [{"predicted": "zebras", "gold": "cars", "human": "unrelated"}]
    with pytest.raises(DataUnusable, match="'zebras' is rated, which is no label of the matrix"):
        join(judged, write_table(tmp_path / "human.csv", rows))


def test_cases_need_the_run_and_not_its_matrix_alone(judged: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "human.csv", cases(judged, 3))
    with pytest.raises(ConfigError, match="name the run directory"):
        join(judged / "matrix.json", table)


def test_ratings_of_unscored_cases_alone_compare_nothing(judged: Path, tmp_path: Path) -> None:
    unscored = next(line["id"] for line in case_lines(judged) if line["score"] is None)
    table = write_table(tmp_path / "human.csv", [{"id": unscored, "human": "same"}])
    with pytest.raises(DataUnusable, match="none of the rated cases has a verdict"):
        join(judged, table)
