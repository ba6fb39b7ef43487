"""How many columns a table may have: more cost seconds and memory before a record is read."""

import csv
import io
from itertools import islice
from pathlib import Path
from typing import IO

from evaluator.cases.portions import MILLION
from evaluator.errors import DataUnusable

MOST_COLUMNS = 10_000
HEAD = 4 * MILLION
"""Characters of a CSV file that are looked at for its width."""


def require_few_columns(count: int, path: Path) -> None:
    """Check how many columns a table has.

    Raises:
        DataUnusable: They are more than `MOST_COLUMNS`.
    """
    if count > MOST_COLUMNS:
        raise DataUnusable(
            f"{path} has more than {MOST_COLUMNS:,} columns; leave out those that are not read."
        )


def width_of_csv(text: IO[str]) -> int:
    """Return how many fields the header has, or the first record where those are more.

    A later record that is longer is refused by the parser, at once.
    """
    head = io.StringIO(text.read(HEAD), newline="")
    limit = csv.field_size_limit(HEAD)
    try:
        records = (one for one in csv.reader(head) if "".join(one).strip() or len(one) > 1)
        return max(map(len, islice(records, 2)), default=0)
    finally:
        csv.field_size_limit(limit)
