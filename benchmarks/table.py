"""Rows of a benchmark's tables: typed where they are measured, text where they are shown."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from evaluator.statistics.estimate import Estimate

Cell = str | int | float | Estimate | None


class Row(Protocol):
    """Anything that a benchmark measured."""

    @property
    def cells(self) -> Mapping[str, Cell]:
        """What is shown, by the columns' names; rows of one table have the same ones."""
        ...


def header(columns: tuple[str, ...]) -> Iterator[str]:
    """Yield the first two lines of a Markdown table."""
    yield line(columns)
    yield line(("---",) * len(columns))


def line(texts: tuple[str, ...]) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"


def shown(cell: Cell) -> str:
    """Return a cell as text: three digits of a number, an estimate with its interval."""
    if isinstance(cell, Estimate):
        if cell.value is None or cell.interval is None:
            return shown(cell.value)
        low, high = cell.interval
        return f"{cell.value:.2f} ({low:.2f} to {high:.2f})"
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1_000 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell
