"""Cells of a table that people open in a spreadsheet program."""

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""With the full-width signs, which Excel in Japanese takes for the others."""


def harmless(text: str) -> str:
    """Return a label that a reader takes neither for a formula nor for the end of a row."""
    marked = f"'{text}" if _would_be_marked(text) else text
    return marked.replace("\r", " ")  # before Python 3.13 a lone one would go out unquoted


def meant(cell: str) -> str:
    """Return the label that a cell was written for."""
    return cell.removeprefix("'") if _would_be_marked(cell) else cell


def _would_be_marked(text: str) -> bool:
    """Whether a text begins like a formula, or like one that is marked already."""
    return text.lstrip("'").startswith(FORMULA_STARTS)
