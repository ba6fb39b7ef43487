"""Cases from a CSV, JSONL or Parquet file."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evaluator.cases.case import Case, changed
from evaluator.cases.columns import gold_column, id_column, text_column
from evaluator.cases.digest import file_sha256
from evaluator.cases.table import Row, Table
from evaluator.errors import DataUnusable


@dataclass(frozen=True)
class FileCases:
    """A table of labelled articles.

    Attributes:
        path: The `.csv`, `.jsonl` or `.parquet` file.
        text: Name of the article column, or None for a usual one.
        gold: Name of the gold label column, or None for a usual one.
        id: Name of the id column, or None for a usual one or row numbers.
    """

    path: Path
    text: str | None = None
    gold: str | None = None
    id: str | None = None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the file, which is not read for it again once the cases were."""
        return file_sha256(self.path)

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in file order.

        Raises:
            DataUnusable: The file or a column is missing, a gold label is empty, or the file holds
                no cases.
        """
        table = Table(self.path, None if "fingerprint" in vars(self) else self._know_fingerprint)
        columns = (
            id_column(self.id),
            text_column(self.text),
            gold_column(self.gold, "--label-column"),
        )
        names = [column.find(table.header, str(self.path)) for column in columns]
        number = 0
        for row in table.rows(names):
            number = row.number
            yield self._case(row)
        if number == 0:
            raise DataUnusable(f"{self.path} holds no cases.")

    def require_unchanged(self) -> None:
        """Check that the file is still the one that was read.

        Raises:
            DataUnusable: It is another, or cannot be read any more.
        """
        if file_sha256(self.path) != self.fingerprint:
            raise changed(self)

    def __str__(self) -> str:
        """Return the path."""
        return str(self.path)

    def _know_fingerprint(self, sha256: str) -> None:
        vars(self)["fingerprint"] = sha256  # where the cached property looks before it reads

    def _case(self, row: Row) -> Case:
        case_id, text, gold = row.values
        if gold is None or not gold.strip():
            raise DataUnusable(f"{self.path} record {row.number} has no gold label.")
        return Case(case_id or f"row-{row.number}", text or "", gold.strip())
