"""What the project set itself to reach, beside what the benchmarks measured last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from benchmarks.results import Results
from benchmarks.table import Cell, shown
from evaluator.statistics.estimate import Estimate

NOT_MEASURED = "not measured yet"
MISSED = "**missed**"

Measured = Mapping[str, Results]
"""Saved results by the name of their benchmark."""


@dataclass(frozen=True, slots=True)
class GlanceRow:
    """One aim and what became of it."""

    what: str
    to_reach: str
    reached: str
    peer: str
    ratio: Cell
    benchmark: str

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "what": self.what,
            "to reach": self.to_reach,
            "reached": self.reached,
            "peer": self.peer,
            "ratio to it": self.ratio,
            "measured by": f"[{self.benchmark}](#{self.benchmark})"
            if self.reached != NOT_MEASURED
            else f"`{self.benchmark}`",
        }


class Aim(Protocol):
    """A figure to reach."""

    def row(self, measured: Measured) -> GlanceRow:
        """Return it beside what was measured.

        Raises:
            KeyError: The benchmark has no such row.
        """
        ...


@dataclass(frozen=True, slots=True)
class FigureAim:
    """An aim whose benchmark yields figures, which say themselves what they should be at most.

    Attributes:
        what: What is to be reached.
        to_reach: How much.
        benchmark: Who measures it.
        figure: How the figure's name begins.
    """

    what: str
    to_reach: str
    benchmark: str
    figure: str

    def row(self, measured: Measured) -> GlanceRow:
        """Return it beside what was measured."""
        results = measured.get(self.benchmark)
        if results is None:
            return _not_measured(self.what, self.to_reach, self.benchmark)
        rows = (row for row in _rows(results) if "figure" in row)
        found = next((row for row in rows if str(row["figure"]).startswith(self.figure)), None)
        if found is None:
            raise KeyError(f"{self.benchmark} has no {self.figure}: measure it again")
        value, most = number(found["measured"]), number(found["at most"])
        return GlanceRow(
            self.what,
            self.to_reach,
            _judged(f"{shown(value)} {found['unit']}", value <= most),
            str(found["against, in the same run"]),
            found["ratio"],
            self.benchmark,
        )


@dataclass(frozen=True, slots=True)
class CellAim:
    """An aim that is a cell of a benchmark's tables.

    Attributes:
        what: What is to be reached.
        benchmark: Who measures it.
        key: What the row holds; of several rows the worst counts.
        column: The column.
        bound: The least or the most that it should be.
        is_least: Whether it is the least.
        unit: Its unit.
        peer: The name of what it is compared with.
        peer_key: What the peer's row holds, in the same column; None where it is in no row.
        bounds_ratio: Whether the bound is that of the ratio to the peer.
    """

    what: str
    benchmark: str
    key: tuple[Cell, ...]
    column: str
    bound: float
    is_least: bool = False
    unit: str = ""
    peer: str = "–"
    peer_key: tuple[Cell, ...] | None = None
    bounds_ratio: bool = False

    def row(self, measured: Measured) -> GlanceRow:
        """Return it beside what was measured."""
        sign = "≥" if self.is_least else "≤"
        to_reach = f"{sign} {shown(self.bound)}{' of it' if self.bounds_ratio else ''}"
        results = measured.get(self.benchmark)
        if results is None:
            return _not_measured(self.what, to_reach, self.benchmark)
        cell = self._worst(results, self.key)
        peer, ratio = self.peer, None
        if self.peer_key is not None:
            theirs = self._worst(results, self.peer_key)
            peer = f"{self.peer} ({self._shown(theirs)})"
            ratio = number(cell) / number(theirs)
        held = ratio if self.bounds_ratio and ratio is not None else number(cell)
        is_reached = held >= self.bound if self.is_least else held <= self.bound
        reached = _judged(self._shown(cell), is_reached)
        return GlanceRow(self.what, to_reach, reached, peer, ratio, self.benchmark)

    def _worst(self, results: Results, key: tuple[Cell, ...]) -> Cell:
        cells = [
            row[self.column]
            for row in _rows(results)
            if self.column in row and all(part in row.values() for part in key)
        ]
        if not cells:
            raise KeyError(f"{self.benchmark} has no {self.column} of {key}: measure it again")
        return min(cells, key=number) if self.is_least else max(cells, key=number)

    def _shown(self, cell: Cell) -> str:
        return f"{shown(cell)} {self.unit}".strip()


def glance(aims: tuple[Aim, ...], measured: Measured) -> Iterator[GlanceRow]:
    """Yield every aim beside what was measured."""
    for aim in aims:
        yield aim.row(measured)


def number(cell: Cell) -> float:
    """Return what a cell says as a number: the value of an estimate, 0.05 of 5 %.

    Raises:
        ValueError: It says no number.
    """
    value = cell.value if isinstance(cell, Estimate) else cell
    if value is None:
        raise ValueError("an empty cell is no number")
    if isinstance(value, str):
        return float(value.removesuffix("%")) / 100
    return float(value)


def _rows(results: Results) -> Iterator[dict[str, Cell]]:
    for table in results.tables:
        for cells in table.cells:
            yield dict(zip(table.columns, cells, strict=True))


def _judged(text: str, is_reached: bool) -> str:
    return text if is_reached else f"{text}, {MISSED}"


def _not_measured(what: str, to_reach: str, benchmark: str) -> GlanceRow:
    return GlanceRow(what, to_reach, NOT_MEASURED, "–", None, benchmark)
