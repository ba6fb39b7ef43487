from dataclasses import replace
from importlib.util import find_spec

import pytest

from benchmarks.__main__ import LONG, QUICK
from benchmarks.aims import AIMS, BASE_RATE_BRIER, MOST_CALLS
from benchmarks.figure import Figure
from benchmarks.glance import MISSED, NOT_MEASURED, CellAim, FigureAim, glance, number
from benchmarks.results import Results, results_of
from benchmarks.table import Cell
from evaluator.statistics.estimate import Estimate

FIGURE = FigureAim("help", "≤ 0.3 s", "start_up", "`evaluator")
WORST = CellAim("rate", "servers", (), "ratio", 0.95, is_least=True)
SHARE = CellAim(
    "time",
    "servers",
    ("ours",),
    "ratio",
    0.1,
    peer="Other",
    peer_key=("theirs",),
    bounds_ratio=True,
)


class Row:
    def __init__(self, **cells: Cell) -> None:
        self.cells = cells


def servers(*rows: Row) -> dict[str, Results]:
    return {"servers": results_of("servers", rows)}


def start_up(seconds: float) -> dict[str, Results]:
    figure = Figure("`evaluator --help`", seconds, "s", "bare Python", 0.1, target=0.3)
    return {"start_up": results_of("start_up", [figure])}


def test_a_figure_is_held_against_what_it_should_be_at_most() -> None:
    row = FIGURE.row(start_up(0.25))
    assert (row.reached, row.peer, row.ratio) == ("0.25 s", "bare Python (0.1 s)", 2.5)
    assert FIGURE.row(start_up(0.35)).reached == f"0.35 s, {MISSED}"


def test_of_several_rows_the_worst_counts() -> None:
    rows = [Row(server="a", ratio=0.99), Row(server="b", ratio=0.94)]
    assert WORST.row(servers(*rows)).reached == f"0.94, {MISSED}"
    assert WORST.row(servers(rows[0])).reached == "0.99"


def test_a_bound_of_the_ratio_is_held_against_the_peers_row() -> None:
    row = SHARE.row(servers(Row(way="ours", ratio=2.0), Row(way="theirs", ratio=40.0)))
    assert (row.reached, row.peer, row.ratio) == ("2", "Other (40)", 0.05)
    late = SHARE.row(servers(Row(way="ours", ratio=8.0), Row(way="theirs", ratio=40.0)))
    assert late.reached == f"8, {MISSED}"


def test_what_was_not_measured_says_so_and_links_nowhere() -> None:
    for row in glance(AIMS, {}):
        assert row.reached == NOT_MEASURED
        assert "](" not in str(row.cells["measured by"])


def test_a_row_that_results_no_longer_have_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(KeyError, match="measure it again"):
        replace(WORST, key=("gone",)).row(servers(Row(server="a", ratio=1.0)))


def test_percentages_and_estimates_are_numbers_and_an_empty_cell_is_none() -> None:
    assert number("12.5 %") == 0.125
    assert number(Estimate(0.5, (0.4, 0.6), 9)) == 0.5
    with pytest.raises(ValueError, match="empty"):
        number(None)


def test_bounds_of_twenty_labels_are_those_of_the_formulas() -> None:
    assert MOST_CALLS == 380 + 800 + 40
    assert round(BASE_RATE_BRIER, 4) == 0.1257  # 28/190 × 162/190


def test_every_benchmark_that_runs_unnamed_is_there_and_none_twice() -> None:
    names = [*QUICK, *LONG]
    assert all(find_spec(f"benchmarks.{name}") for name in names)
    assert len(set(names)) == len(names)
