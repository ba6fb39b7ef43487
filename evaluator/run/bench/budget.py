"""How many questions may be asked, and for how long."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Literal, Never, TypeVar

Result = TypeVar("Result")


class Exhausted(Exception):
    """What was asked for is more than is left."""


class Budget:
    """Counts calls and seconds down.

    Args:
        calls: Questions that may be asked.
        seconds: Time that all may take.

    Attributes:
        calls: Questions asked so far.
        warm_up_calls: Those of them that no figure counts.
        spent: What ran out first, once something did.
    """

    def __init__(self, calls: int, seconds: float) -> None:
        self._most_calls = calls
        self._began = time.monotonic()
        self._seconds = seconds
        self.calls = self.warm_up_calls = 0
        self.spent: Literal["calls", "seconds"] | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def take(self, calls: int, *, warm_up: bool = False) -> None:
        """Take calls, all of them or none.

        Args:
            calls: How many.
            warm_up: Whether no figure counts them.

        Raises:
            Exhausted: There are not so many left, or no time.
        """
        if self.seconds >= self._seconds:
            self._end("seconds")
        if self.calls + calls > self._most_calls:
            self._end("calls")
        self.calls += calls
        self.warm_up_calls += calls if warm_up else 0

    async def in_time(self, work: Awaitable[Result]) -> Result:
        """Return what work gives in the time that is left.

        Raises:
            Exhausted: It gives nothing in time.
        """
        try:
            async with asyncio.timeout(self._seconds - self.seconds) as left:
                return await work
        except TimeoutError:
            if not left.expired():
                raise
            self._end("seconds")

    def _end(self, spent: Literal["calls", "seconds"]) -> Never:
        self.spent = self.spent or spent
        raise Exhausted
