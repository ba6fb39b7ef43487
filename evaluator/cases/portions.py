"""Text read so that memory holds, however much a packed file of a few bytes stands for."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from evaluator.errors import DataUnusable

MILLION = 1 << 20
LONGEST_LINE = 64 * MILLION
LONGEST_PORTION = 256 * MILLION
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


class Portions:
    """A text of which so much may be read at a time as records that are held together have.

    Args:
        text: The text.
        path: Its file.
    """

    def __init__(self, text: IO[str], path: Path) -> None:
        self._text = text
        self._path = path
        self._read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._text, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._text)

    def read(self, size: int = -1) -> str:
        """Return the next characters.

        Raises:
            DataUnusable: With them the portion is longer than `LONGEST_PORTION`.
        """
        piece = self._text.read(size)
        self._read += len(piece)
        if self._read > LONGEST_PORTION:
            raise DataUnusable(
                f"{self._path} has records of more than {LONGEST_PORTION // MILLION} million "
                "characters together; is a quotation mark not closed?"
            )
        return piece

    def next(self) -> None:
        """Begin another portion."""
        self._read = 0
