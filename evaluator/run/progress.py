"""What the stages tell about their progress, whoever shows it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with the number of items done since the last call."""


class Progress(Protocol):
    """Shows how far a run is."""

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        """Show a stage while its context lasts.

        Args:
            name: What is being done.
            total: Items to do, if known.
            unit: What an item is.
            done: Items that an earlier start has done already.
        """
        ...
