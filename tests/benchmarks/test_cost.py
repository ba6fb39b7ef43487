from benchmarks.cost import Cost, CostRow, RatioRow

OURS = Cost(calls=700, evaluated=7_000, generated=700, seconds=70.0)
GEVAL = Cost(calls=30, evaluated=3_000, generated=780, seconds=60.0)


def test_a_cost_is_extrapolated_in_proportion_and_parts_add_up() -> None:
    assert GEVAL.times(10).seconds == 600.0
    assert GEVAL.times(2) == GEVAL + GEVAL
    cells = CostRow(1_000, "GEval", GEVAL.times(1_000 / 30)).cells
    assert (cells["calls"], cells["evaluated tokens"]) == (1_000, 100_000)


def test_a_ratio_is_ours_in_parts_of_theirs() -> None:
    cells = RatioRow("100 cases", OURS, GEVAL.times(100 / 30)).cells
    assert cells["calls"] == 7.0
    assert cells["evaluated tokens"] == 0.7
    assert cells["seconds"] == 0.35
