"""Lines read so that memory holds, however much a packed file of a few bytes stands for."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from evaluator.errors import DataUnusable

MILLION = 1 << 20
LONGEST_LINE = 64 * MILLION
LONGEST_RECORD = 64 * MILLION
LONGEST_HEADER = 4 * MILLION
"""Characters."""


def bounded_lines(text: IO[str], path: Path) -> Iterator[str]:
    """Yield the lines of a text.

    Raises:
        DataUnusable: One is longer than `LONGEST_LINE`.
    """
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise DataUnusable(
                f"{path} line {number} is longer than {LONGEST_LINE // MILLION} million characters."
            )
        yield line


class RecordLines:
    """The lines of a CSV file, of which a quoted field may hold many.

    Args:
        text: The text.
        path: Its file.
    """

    def __init__(self, text: IO[str], path: Path) -> None:
        self._lines = bounded_lines(text, path)
        self._path = path
        self._longest = self._left = LONGEST_HEADER

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            DataUnusable: With it the header is longer than `LONGEST_HEADER`, or a later record
                than `LONGEST_RECORD`.
        """
        line = next(self._lines)
        self._left -= len(line)
        if self._left < 0:
            raise DataUnusable(
                f"{self._path} has a record of more than {self._longest // MILLION} million "
                "characters; is a quotation mark not closed?"
            )
        return line

    def end_record(self, *, blank: bool) -> None:
        """Let another record begin, or still the header where this was a blank line."""
        if not blank:
            self._longest = LONGEST_RECORD
        self._left = self._longest
