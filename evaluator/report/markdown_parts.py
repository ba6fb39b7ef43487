"""What every Markdown report is made of: escaped text, tables and folded parts."""

import re
from collections.abc import Iterable, Sequence

from evaluator.report.wording import NOTHING, clipped, printable

_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~&"})


_ADDRESSES = re.compile(
    r"(?<=@)(?=\S)|(?<=#)(?=\d)|(?<=gh-)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE
)
"""Where a pull request would call somebody, or link a page, a mailbox or another pull request,
escaped or not."""

ZERO_WIDTH_SPACE = "\u200b"


def escaped(text: str, longest: int | None = None) -> str:
    """Return text that Markdown shows as it is, on one line.

    Args:
        text: Any text.
        longest: To how many characters it is cut; what is returned then has at most twice as many
            UTF-16 code units. None leaves it as long as it is.
    """
    line = " ".join(text.split()) if longest is None else clipped(text, longest)
    shown = printable(line)
    return _ADDRESSES.sub(ZERO_WIDTH_SPACE, shown).translate(_ESCAPED) or NOTHING


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def folded(title: str, *blocks: str) -> str:
    """Return a part that opens at a click.

    Args:
        title: What can be seen before, without free text.
        blocks: Paragraphs, lists and tables in Markdown.
    """
    inside = "\n\n".join(blocks)
    return f"<details>\n<summary>{title}</summary>\n\n{inside}\n\n</details>"
