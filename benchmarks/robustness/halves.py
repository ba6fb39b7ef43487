"""What hostile predictions are made from: that which rules were written for, and that held out."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from benchmarks.robustness.item import Half

Source = TypeVar("Source")


class Halves(BaseModel, Generic[Source]):
    """Sources of items.

    Attributes:
        tuned: Those in sight when the rules for free text were written.
        held_out: Those of which no rule knew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    tuned: tuple[Source, ...]
    held_out: tuple[Source, ...]

    def __iter__(self) -> Iterator[tuple[Half, Source]]:  # type: ignore[override]
        """Yield every source with its half."""
        yield from (("tuned", source) for source in self.tuned)
        yield from (("held out", source) for source in self.held_out)
