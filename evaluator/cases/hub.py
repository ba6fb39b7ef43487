"""Cases from a dataset of the Hugging Face hub, or from a folder in its layout."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluator.cases.case import Case
from evaluator.cases.columns import gold_column, id_column, text_column
from evaluator.cases.digest import text_sha256
from evaluator.errors import DataUnusable

DEFAULT_SPLIT = "test"


@dataclass(frozen=True)
class HubCases:
    """One split of a dataset, streamed record by record. Datasets that need code are refused.

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
        cases = (f"{case.id}\x1f{case.gold}\x1f{text_sha256(case.text)}" for case in self)
        return text_sha256("\n".join(cases))

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in the dataset's order; class numbers become the dataset's own names.

        Raises:
            DataUnusable: `datasets` is not installed, the dataset or split cannot be had, a
                column is missing, an id occurs twice, or a gold label is empty.
        """
        with _clear_errors(self._where):
            records = self._open()
            first = next(iter(records), None)
            if first is None:
                raise DataUnusable(f"{self._where} holds no cases.")
            seen: set[str] = set()
            for case in self._cases(records, list(first)):
                if case.id in seen:
                    raise DataUnusable(f"{self._where} has the id '{case.id}' twice.")
                seen.add(case.id)
                yield case

    @property
    def _where(self) -> str:
        return f"hf:{self.name}"

    def _cases(self, records: Any, header: list[str]) -> Iterator[Case]:
        text = text_column(self.text).find(header, self._where)
        gold = gold_column(self.gold, "--label-column").find(header, self._where)
        id_name = id_column(self.id).find(header, self._where)
        names = _class_names(records, gold)
        for number, record in enumerate(records, start=1):
            label = _label_text(record[gold], names)
            if not label:
                raise DataUnusable(f"{self._where} record {number} has no gold label.")
            case_id = str(record[id_name]) if id_name else f"row-{number}"
            yield Case(case_id, str(record[text] or ""), label)

    def _open(self) -> Any:
        from datasets import load_dataset

        name, *rest = self.name.split(":")
        split = rest.pop() if rest else DEFAULT_SPLIT
        return load_dataset(name, *rest, split=split, streaming=True)


@contextmanager
def _clear_errors(where: str) -> Iterator[None]:
    try:
        from datasets.exceptions import DatasetsError
    except ImportError:
        raise DataUnusable(
            "a dataset of the hub needs datasets: pip install 'llm-judge-evaluator[datasets]'."
        ) from None
    try:
        yield
    except (DatasetsError, OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise DataUnusable(f"{where} cannot be loaded: {reason.rstrip('.')}.") from error


def _class_names(records: Any, gold: str | None) -> list[str] | None:
    features = getattr(records, "features", None) or {}
    return getattr(features.get(gold), "names", None)


def _label_text(label: Any, names: list[str] | None) -> str:
    """Return a label's name; empty where there is none, which class numbers write as -1."""
    if names is not None and isinstance(label, int):
        return names[label] if label >= 0 else ""
    return "" if label is None else str(label).strip()
