"""A table for `table.js`: columns whose values are compact enough for 10,000 rows."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from markupsafe import Markup

from evaluator.report.wording import clipped, printable

LONGEST_NAME = 120
"""Characters of an id or a text in a cell."""

DIGITS = 3

Cell = int | float | str | None
Kind = Literal["choice", "number", "text", "article"]

MOST_CHOICES = 200
"""Distinct values up to which a column can be filtered by one of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: What stands above it.
        kind: `choice` for one of few values, stored by their index in `values`; `number`; `text`;
            `article` for text that is given a line of its own.
        values: The values of a choice.
        digits: Decimals of a number.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Browsable:
    """A table that a reader can search, sort and filter.

    Attributes:
        columns: The columns.
        rows: The rows, a cell for each column.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def script(self) -> Markup:
        """Return the table as JSON that cannot end the element that it stands in."""
        return script_json({"columns": [asdict(one) for one in self.columns], "rows": self.rows})


def table_of(columns: Sequence[tuple[Column, Sequence[Cell]]]) -> Browsable:
    """Return a table of columns with their cells, which must be equally many."""
    cells = [cells for _, cells in columns]
    return Browsable(tuple(column for column, _ in columns), tuple(zip(*cells, strict=True)))


def texts(name: str, values: Sequence[str]) -> tuple[Column, list[Cell]]:
    """Return a column of texts, cut where they are long."""
    return Column(name, "text"), [_shown(value) for value in values]


def numbers(name: str, values: Sequence[float | None]) -> tuple[Column, list[Cell]]:
    """Return a column of numbers with three decimals."""
    cells = [None if value is None else round(value, DIGITS) for value in values]
    return Column(name, "number", digits=DIGITS), list(cells)


def script_json(value: object) -> Markup:
    """Return JSON in which no character can be taken for markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing is left that could be markup


def choices(
    name: str, rows: Sequence[str | None], first: Sequence[str] = ()
) -> tuple[Column, list[Cell]]:
    """Return a column of texts and its cells, by their index where they are few.

    Args:
        name: What stands above it.
        rows: The text of each row; None where there is none.
        first: Values that get the lowest indices, whether or not they occur; others are cut where
            they are long.
    """
    whole = frozenset(first)
    cells = [one if one is None or one in whole else clipped(one, LONGEST_NAME) for one in rows]
    values = tuple(dict.fromkeys([*first, *(text for text in cells if text is not None)]))
    if len(values) > max(MOST_CHOICES, len(first)):
        return Column(name, "text"), [one if one is None else printable(one) for one in cells]
    index = {value: place for place, value in enumerate(values)}
    column = Column(name, "choice", tuple(map(printable, values)))
    return column, [None if text is None else index[text] for text in cells]


def _shown(text: str) -> str:
    return printable(clipped(text, LONGEST_NAME))
