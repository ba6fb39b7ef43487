from dataclasses import dataclass

from benchmarks.results import Results, results_of
from benchmarks.table import Cell, header, line, shown
from evaluator.statistics.estimate import Estimate


@dataclass(frozen=True)
class Timed:
    seconds: float

    @property
    def cells(self) -> dict[str, Cell]:
        return {"what": "a | b", "seconds": self.seconds}


@dataclass(frozen=True)
class Estimated:
    estimate: Estimate

    @property
    def cells(self) -> dict[str, Cell]:
        return {"estimate": self.estimate}


ROWS = (
    Timed(0.123456),
    Timed(12.0),
    Estimated(Estimate(0.5, (0.25, 0.75), 20)),
    Estimated(Estimate(None, None, 0)),
    "a note",
)


def test_rows_with_other_columns_are_another_table_and_texts_are_notes() -> None:
    results = results_of("some", ROWS)
    assert [table.columns for table in results.tables] == [("what", "seconds"), ("estimate",)]
    assert [len(table.rows) for table in results.tables] == [2, 2]
    assert results.notes == ("a note",)


def test_saved_figures_are_read_as_they_were_measured() -> None:
    results = Results.model_validate_json(results_of("some", ROWS).model_dump_json())
    assert results.tables[0].cells == (("a | b", 0.123456), ("a | b", 12.0))
    assert results.tables[1].cells == (
        (Estimate(0.5, (0.25, 0.75), 20),),
        (Estimate(None, None, 0),),
    )


def test_results_say_where_and_with_what_they_were_measured() -> None:
    results = results_of("some", ())
    assert "processors" in results.machine
    assert results.versions["llm-judge-evaluator"]


def test_cells_are_shown_with_three_digits_and_estimates_with_their_intervals() -> None:
    cells = (0.123456, 12_345.6, 10_000, None, "a", Estimate(0.5, (0.25, 0.754), 20))
    assert tuple(map(shown, cells)) == (
        "0.123",
        "12,346",
        "10,000",
        "–",
        "a",
        "0.50 (0.25 to 0.75)",
    )
    assert shown(Estimate(0.5, None, 3)) == "0.5"


def test_a_line_keeps_its_columns_whatever_its_texts_hold() -> None:
    assert line(("a | b", "c")) == r"| a \| b | c |"
    assert list(header(("x", "y"))) == ["| x | y |", "| --- | --- |"]
