"""Tables of a Markdown report, as GitHub's readers see them."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

from evaluator.report.markdown_parts import ZERO_WIDTH_SPACE

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def cells(report: str, title: str) -> list[list[Token]]:
    """The parsed cells of the table of a part, open or folded, row by row without its header."""
    tokens = PARSER.parse(report)
    start = next(
        place
        for place, token in enumerate(tokens)
        if (token.type == "heading_open" and tokens[place + 1].content.startswith(title))
        or (token.type == "html_block" and f"<summary>{title}" in token.content)
    )
    rows: list[list[Token]] = []
    for token, following in zip(tokens[start:], tokens[start + 1 :], strict=False):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"td_open", "th_open"}:
            rows[-1].append(following)
        elif token.type == "table_close":
            break
    return rows[1:]


def shown(cell: Token) -> str:
    """What a reader sees of a cell, which holds nothing but text."""
    children = cell.children or []
    assert {child.type for child in children} <= {"text", "text_special"}, cell.content
    return "".join(child.content for child in children).replace(ZERO_WIDTH_SPACE, "")
