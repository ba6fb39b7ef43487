"""Where the time goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by stage.

    Attributes:
        seconds: Wall time by stage, rounded to milliseconds.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add the time spent in the context to a stage."""
        started = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - started
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + spent, 3)
