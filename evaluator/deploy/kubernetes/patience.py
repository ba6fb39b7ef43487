"""Waiting that ends."""

import time
from collections.abc import Iterator

SHORTEST, LONGEST = 0.5, 8.0
"""Seconds between two attempts."""


class Deadline:
    """A moment from which on nothing is waited for.

    Args:
        seconds: How far it is away.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then, at least 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether it is past."""
        return self.left == 0.0

    def sleep(self, seconds: float) -> None:
        """Sleep, but not beyond it."""
        time.sleep(min(seconds, self.left))


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each further attempt, without end."""
    pause = SHORTEST
    while True:
        yield pause
        pause = min(LONGEST, 2 * pause)


def retry_after(said: str | None) -> float | None:
    """Return the seconds that a server asks for; None where it names a date, or nothing sane."""
    try:
        seconds = float(said or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
