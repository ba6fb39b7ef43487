"""What every Markdown report is made of: escaped text and tables."""

from collections.abc import Iterable, Sequence

from evaluator.report.wording import NOTHING, printable

_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~&"})


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return printable(" ".join(text.split())).translate(_ESCAPED) or NOTHING


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)
