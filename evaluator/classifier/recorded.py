"""Predictions that some other program made, read from a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evaluator.cases.columns import (
    confidence_column,
    gold_column,
    id_column,
    predicted_column,
    text_column,
)
from evaluator.cases.digest import file_sha256
from evaluator.cases.table import Row, Table
from evaluator.cases.uniqueness import IdDigests
from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable


@dataclass(frozen=True)
class RecordedPredictions:
    """A table of predicted and gold labels, streamed anew at each iteration.

    Attributes:
        path: The `.csv`, `.jsonl` or `.parquet` file.
        predicted: Name of the predicted label column, or None for a usual one.
        gold: Name of the gold label column, or None for a usual one.
        id: Name of the id column, or None for a usual one or row numbers.
        confidence: Name of the confidence column, or None for a usual one or none.
        text: Name of the article column, or None for a usual one or none.
        needs_text: Whether a file without articles is unusable.
    """

    path: Path
    predicted: str | None = None
    gold: str | None = None
    id: str | None = None
    confidence: str | None = None
    text: str | None = None
    needs_text: bool = False

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the file."""
        return file_sha256(self.path)

    def __iter__(self) -> Iterator[Prediction]:
        """Yield the predictions in file order.

        Raises:
            DataUnusable: The file or a column is missing, a gold label is empty, a confidence is
                no probability, or the file holds no predictions.
        """
        table = Table(self.path)
        columns = (
            id_column(self.id),
            predicted_column(self.predicted),
            gold_column(self.gold, "--gold-column"),
            confidence_column(self.confidence),
        )
        where = str(self.path)
        names = [column.find(table.header, where) for column in columns]
        # A column of labels may be called "text"; an article it is not.
        left = [name for name in table.header if name not in names or name == self.text]
        names.append(text_column(self.text, required=self.needs_text).find(left, where))
        number = 0
        for row in table.rows(names):
            number = row.number
            yield self._prediction(row)
        if number == 0:
            raise DataUnusable(f"{self.path} holds no predictions.")

    def require_unchanged(self) -> None:
        """Check that the file is still the one that `fingerprint` was taken of.

        Raises:
            DataUnusable: It is another, or cannot be read any more.
        """
        if file_sha256(self.path) != self.fingerprint:
            raise DataUnusable(
                f"{self.path} changed while it was judged; start over with --fresh when nothing "
                "writes to it."
            )

    def require_unique_ids(self) -> None:
        """Check that no id occurs twice, in 8 bytes a case.

        Raises:
            DataUnusable: An id occurs twice.
        """
        ids = IdDigests()
        for prediction in self:
            ids.add(prediction.case_id)
        ids.require_unique((prediction.case_id for prediction in self), str(self.path))

    def _prediction(self, row: Row) -> Prediction:
        case_id, predicted, gold, confidence, text = row.values
        if gold is None or not gold.strip():
            raise DataUnusable(f"{self.path} record {row.number} has no gold label.")
        label = (predicted or "").strip() or None
        return Prediction(
            case_id=case_id or f"row-{row.number}",
            gold=gold.strip(),
            label=label,
            confidence=self._probability(row.number, confidence),
            missing=None if label else "empty-prediction",
            text=text,
        )

    def _probability(self, number: int, text: str | None) -> float | None:
        if text is None or not text.strip():
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0:
            raise DataUnusable(
                f"{self.path} record {number} has the confidence '{text}', "
                "which is not a number from 0 to 1."
            )
        return value
