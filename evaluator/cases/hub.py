"""Cases from a dataset of the Hugging Face hub, or from a folder in its layout."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluator.cases.case import Case
from evaluator.cases.columns import gold_column, id_column, text_column
from evaluator.cases.digest import lines_sha256, text_sha256
from evaluator.errors import DataUnusable

DEFAULT_SPLIT = "test"


@dataclass(frozen=True)
class HubCases:
    """One split of a dataset, downloaded once into the cache of `datasets` and read from there.

    Datasets that need code are refused.

    Attributes:
        name: `NAME`, `NAME:SPLIT` or `NAME:CONFIGURATION:SPLIT`; `test` is the usual split.
        text: Name of the article column, or None for a usual one.
        gold: Name of the gold label column, or None for a usual one.
        id: Name of the id column, or None for a usual one or record numbers.
    """

    name: str
    text: str | None = None
    gold: str | None = None
    id: str | None = None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the texts and labels."""
        return lines_sha256(
            f"{case.id}\x1f{case.gold}\x1f{text_sha256(case.text)}" for case in self
        )

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in the dataset's order; class numbers become the dataset's own names.

        Raises:
            DataUnusable: `datasets` is not installed, the dataset or split cannot be had, a
                column is missing, or a gold label is empty.
        """
        with _clear_errors(str(self)):
            yield from self._cases(self._records)

    def require_unchanged(self) -> None:
        """Do nothing: the records are read from one file of the cache, which stays open."""

    def __str__(self) -> str:
        """Return the name as `--dataset` takes it."""
        return f"hf:{self.name}"

    def _cases(self, records: Any) -> Iterator[Case]:
        header = records.column_names
        text = text_column(self.text).find(header, str(self))
        gold = gold_column(self.gold, "--label-column").find(header, str(self))
        id_name = id_column(self.id).find(header, str(self))
        names = getattr(records.features[gold], "names", None)
        # Other columns may hold images, which would be unpacked for nothing.
        wanted = {name for name in (text, gold, id_name) if name is not None}
        for number, record in enumerate(records.select_columns(sorted(wanted)), start=1):
            label = _label_text(record[gold], names)
            if not label:
                raise DataUnusable(f"{self} record {number} has no gold label.")
            case_id = str(record[id_name]) if id_name else f"row-{number}"
            yield Case(case_id, str(record[text] or ""), label)

    @cached_property
    def _records(self) -> Any:
        """The split in a memory-mapped file: however large it is, pages of it are in memory."""
        from datasets import load_dataset

        name, *rest = self.name.split(":")
        split = rest.pop() if rest else DEFAULT_SPLIT
        return load_dataset(name, *rest, split=split)


@contextmanager
def _clear_errors(where: str) -> Iterator[None]:
    try:
        from datasets.exceptions import DatasetGenerationError, DatasetsError
    except ImportError:
        raise DataUnusable(
            "a dataset of the hub needs datasets: pip install 'llm-judge-evaluator[datasets]'."
        ) from None
    try:
        yield
    except DatasetGenerationError as error:
        raise DataUnusable(_sentence(where, error.__cause__ or error)) from error
    except (DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise DataUnusable(_sentence(where, error)) from error


def _sentence(where: str, error: BaseException) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
    return f"{where} cannot be loaded: {reason.rstrip('.!')}."


def _label_text(label: Any, names: list[str] | None) -> str:
    """Return a label's name; empty where there is none, which class numbers write as -1."""
    if names is not None and isinstance(label, int):
        return names[label] if label >= 0 else ""
    return "" if label is None else str(label).strip()
