"""How many columns a table may have: more cost seconds and memory before a record is read."""

from pathlib import Path

from evaluator.errors import DataUnusable

MOST_COLUMNS = 10_000


def require_few_columns(count: int, path: Path) -> None:
    """Check how many columns a table has.

    Raises:
        DataUnusable: They are more than `MOST_COLUMNS`.
    """
    if count > MOST_COLUMNS:
        raise DataUnusable(
            f"{path} has more than {MOST_COLUMNS:,} columns; leave out those that are not read."
        )
