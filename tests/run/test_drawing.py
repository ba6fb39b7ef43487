from collections import Counter
from pathlib import Path

import pytest
from rated_run import CASES, rate, read_table, scored, write_table
from scipy import stats

from evaluator.errors import ConfigError, DataUnusable
from evaluator.run.drawing import Drawn, draw_for_rating


def pair_of(row: dict[str, str]) -> frozenset[str]:
    return frozenset((row["predicted"], row["gold"]))


def test_random_cases_are_different_scored_cases_of_the_run(judged: Path, tmp_path: Path) -> None:
    output = tmp_path / "human.csv"
    assert draw_for_rating(judged, 50, "random", 3, output) == Drawn(50, 0)
    rows = read_table(output)
    assert list(rows[0]) == ["id", "gold", "predicted", "human", "drawn", "seed"]
    cases = scored(judged)
    assert len({row["id"] for row in rows}) == 50
    for row in rows:
        line = cases[row["id"]]
        assert (row["gold"], row["predicted"]) == (line["gold"], line["predicted"])
        assert (row["human"], row["drawn"], row["seed"]) == ("", "random", "3")


def test_a_rater_sees_no_verdict(judged: Path, tmp_path: Path) -> None:
    for how in ("random", "uncertain"):
        output = tmp_path / f"{how}.csv"
        draw_for_rating(judged, 500, how, 0, output)
        header = read_table(output)[0]
        assert set(header) <= {"id", "gold", "predicted", "human", "drawn", "seed"}
        assert {row["human"] for row in read_table(output)} == {""}


def test_the_seed_decides_on_the_draw(judged: Path, tmp_path: Path) -> None:
    drawn = {}
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        draw_for_rating(judged, 40, "random", seed, tmp_path / f"{name}.csv")
        drawn[name] = [row["id"] for row in read_table(tmp_path / f"{name}.csv")]
    assert drawn["one"] == drawn["again"]
    assert drawn["one"] != drawn["other"]


def test_every_case_is_as_likely_in_a_draw_and_in_its_continuation(
    judged: Path, tmp_path: Path
) -> None:
    counts: Counter[str] = Counter()
    for seed in range(60):
        output = tmp_path / f"{seed}.csv"
        for _ in range(2):
            draw_for_rating(judged, 20, "random", seed, output)
        rows = [row["id"] for row in read_table(output)]
        assert len(set(rows)) == 40
        counts.update(rows)
    # 60·40/318 = 7.5 of each, and less than binomial variance: χ² above its 0.1 % quantile is no
    # uniform draw.
    observed = [counts[case] for case in scored(judged)]
    assert sum(observed) == 2_400
    assert stats.chisquare(observed).pvalue > 0.001


def test_where_there_are_fewer_all_are_drawn_and_then_none(judged: Path, tmp_path: Path) -> None:
    output = tmp_path / "human.csv"
    assert draw_for_rating(judged, 200, "random", 0, output) == Drawn(200, 0)
    assert draw_for_rating(judged, 200, "random", 0, output) == Drawn(CASES - 2 - 200, 200)
    with pytest.raises(DataUnusable, match="nothing more to draw"):
        draw_for_rating(judged, 200, "random", 0, output)
    assert len(read_table(output)) == CASES - 2


def test_a_continued_table_keeps_its_ratings_and_columns(judged: Path, tmp_path: Path) -> None:
    output = tmp_path / "human.csv"
    draw_for_rating(judged, 10, "random", 0, output)
    rows = [{"note": "seen", **row} for row in read_table(rate(output))]
    before = write_table(output, rows).read_text("utf-8").rstrip("\n")
    output.write_text(before, "utf-8")  # as some editors leave it
    assert draw_for_rating(judged, 5, "random", 0, output) == Drawn(5, 10)
    assert output.read_text("utf-8").startswith(before)
    after = read_table(output)
    assert after[:10] == rows
    assert [(row["note"], row["human"], row["drawn"]) for row in after[10:]] == [
        ("", "", "random")
    ] * 5


def test_a_table_without_rows_keeps_its_header(judged: Path, tmp_path: Path) -> None:
    output = tmp_path / "human.csv"
    output.write_text("note,id,gold,predicted,human,drawn,seed\r\n", "utf-8-sig", newline="")
    assert draw_for_rating(judged, 5, "random", 0, output) == Drawn(5, 0)
    assert len(read_table(output)) == 5
    assert output.read_text("utf-8").count("drawn") == 1


def test_uncertain_pairs_are_those_that_matter_most_and_are_least_sure(
    judged: Path, tmp_path: Path
) -> None:
    output = tmp_path / "human.csv"
    assert draw_for_rating(judged, 66, "uncertain", 0, output) == Drawn(66, 0)
    rows = read_table(output)
    assert list(rows[0]) == ["gold", "predicted", "human", "drawn"]
    p_related, met = {}, Counter[frozenset[str]]()
    for row in read_table(judged / "pairs.csv"):
        p_related[pair_of(row)] = float(row["p_related"])
        met[pair_of(row)] += int(row["n"])
    doubts = {pair: min(p, 1 - p) for pair, p in p_related.items()}
    worth = [round(met[pair_of(row)] * doubts[pair_of(row)], 4) for row in rows]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] > worth[20] > 0
    never_met = [round(doubts[pair_of(row)], 4) for row in rows if not met[pair_of(row)]]
    assert never_met == sorted(never_met, reverse=True)


def test_an_uncertain_pair_is_shown_in_the_direction_in_which_it_was_met(
    judged: Path, tmp_path: Path
) -> None:
    output = tmp_path / "human.csv"
    draw_for_rating(judged, 66, "uncertain", 0, output)
    met = {
        (row["predicted"], row["gold"]): int(row["n"]) for row in read_table(judged / "pairs.csv")
    }
    for row in read_table(output):
        shown = row["predicted"], row["gold"]
        assert met[shown] >= met[shown[::-1]]


def test_uncertain_pairs_are_continued_in_either_direction(judged: Path, tmp_path: Path) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "human.csv"
    draw_for_rating(judged, 30, "uncertain", 0, whole)
    draw_for_rating(judged, 20, "uncertain", 0, output)
    turned = [
        {**row, "gold": row["predicted"], "predicted": row["gold"]} for row in read_table(output)
    ]
    write_table(output, turned)
    assert draw_for_rating(judged, 10, "uncertain", 0, output) == Drawn(10, 20)
    assert read_table(output)[20:] == read_table(whole)[20:]


def test_a_matrix_alone_has_uncertain_pairs_but_no_cases(judged: Path, tmp_path: Path) -> None:
    matrix = judged / "matrix.json"
    assert draw_for_rating(matrix, 9, "uncertain", 0, tmp_path / "pairs.csv") == Drawn(9, 0)
    with pytest.raises(DataUnusable, match="holds no judged cases to draw from"):
        draw_for_rating(matrix, 9, "random", 0, tmp_path / "cases.csv")


@pytest.mark.parametrize(("first", "then"), [("random", "uncertain"), ("uncertain", "random")])
def test_the_two_kinds_of_draw_are_never_mixed(
    first: str, then: str, judged: Path, tmp_path: Path
) -> None:
    output = tmp_path / "human.csv"
    draw_for_rating(judged, 10, first, 0, output)
    before = output.read_bytes()
    with pytest.raises(ConfigError, match=f"not drawn as '{then}', .* never mixed"):
        draw_for_rating(judged, 10, then, 0, output)
    assert output.read_bytes() == before


def test_a_table_of_another_kind_or_run_is_not_continued(judged: Path, tmp_path: Path) -> None:
    output = tmp_path / "human.csv"
    write_table(output, [{"id": "case-1", "human": "same"}])
    with pytest.raises(ConfigError, match="were not drawn as 'random'"):
        draw_for_rating(judged, 10, "random", 0, output)
    write_table(output, [{"id": "case-1", "human": "same", "drawn": "random"}])
    with pytest.raises(DataUnusable, match="has lost its column 'gold'"):
        draw_for_rating(judged, 10, "random", 0, output)
    row = {"id": "another", "gold": "a", "predicted": "b", "human": "", "drawn": "random"}
    write_table(output, [{**row, "seed": 0}])
    with pytest.raises(DataUnusable, match="holds the case 'another', which is none of"):
        draw_for_rating(judged, 10, "random", 0, output)
    with pytest.raises(ConfigError, match=r"must be a \.csv file"):
        draw_for_rating(judged, 10, "random", 0, tmp_path / "human.parquet")
