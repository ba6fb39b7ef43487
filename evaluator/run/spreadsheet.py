"""Cells of a table that people open in a spreadsheet program."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return a label that a reader takes neither for a formula nor for the end of a row."""
    marked = f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return marked.replace("\r", " ")  # before Python 3.13 a lone one would go out unquoted


def meant(cell: str) -> str:
    """Return the label that a cell was written for."""
    label = cell.removeprefix("'")
    return label if label.startswith(FORMULA_STARTS) else cell
