"""One article with the category a person gave it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from evaluator.errors import DataUnusable


@dataclass(frozen=True, slots=True)
class Case:
    """An article to classify.

    Attributes:
        id: Unique within its source.
        text: The article as the source gives it; may be empty.
        gold: The correct category's name; never empty.
    """

    id: str
    text: str
    gold: str


class Cases(Protocol):
    """Cases that are read anew at each iteration: the same ones in the same order."""

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in source order, one at a time.

        Raises:
            DataUnusable: The source cannot be read or breaks a rule of `Case`.
        """
        ...

    def require_unchanged(self) -> None:
        """Check that what was read of the source is still what it holds.

        Raises:
            DataUnusable: It is not, or cannot be read any more.
        """
        ...

    def __str__(self) -> str:
        """Return what messages call the source."""
        ...


class CaseSource(Cases, Protocol):
    """Where cases come from."""

    @property
    def fingerprint(self) -> str:
        """Identifies the content: changes when the cases do."""
        ...


def changed(cases: Cases) -> DataUnusable:
    """Return the error of a source that is not what it was when the run began."""
    return DataUnusable(
        f"{cases} changed while it was read; start over with --fresh when nothing writes to it."
    )
