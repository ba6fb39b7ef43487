"""How many questions to have in flight at a server, found from how its answers come."""

from dataclasses import dataclass
from typing import Protocol

MOST_IN_FLIGHT = 64
FIRST_IN_FLIGHT = 2
"""No more than a server of one slot should have: one that it works on, and one that waits."""

FEWEST_WAITING, MOST_WAITING = 0.5, 1.5
"""Questions that wait at the server on average, between which nothing is changed. With one of them
no slot stands idle while an answer travels; a second one would only grow older."""

FEWEST_HEARD = 8
LEAST_GAIN = 1.2
"""Times as many answers that twice as many questions in flight have to bring."""

MUCH_SLOWER = 0.5
"""Share of the answers of before, below which a server is another one, or has other clients."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a question took.

    Attributes:
        seconds: From the question to the answer, without getting the model into memory.
        waiting: What it waited at the server; None where the server does not tell.
        is_at_pace: Whether it was asked as the last of so many in flight as there should be, and
            answered before that number changed.
    """

    seconds: float
    waiting: float | None
    is_at_pace: bool


class Pace(Protocol):
    """How many questions to have in flight.

    Attributes:
        in_flight: So many, 1 to `MOST_IN_FLIGHT`.
    """

    in_flight: int

    def hear(self, timing: Timing) -> None:
        """Take note of a question."""
        ...


class FixedPace:
    """A number that was told.

    Args:
        in_flight: The number.
    """

    def __init__(self, in_flight: int) -> None:
        self.in_flight = in_flight

    def hear(self, timing: Timing) -> None:
        """Change nothing."""


class PaceByWait:
    """Follows a server that tells how long questions wait there for others.

    By Little's law, of so many in flight that share waits which the waits have in the time from
    question to answer. The shortest wait seen is the server's own doing, and no waiting for others.
    """

    def __init__(self) -> None:
        self.in_flight = FIRST_IN_FLIGHT
        self._has_waited = False
        self._shortest_wait = float("inf")
        self._heard: list[Timing] = []

    def hear(self, timing: Timing) -> None:
        """Take note, and adjust the number when enough was heard."""
        self._shortest_wait = min(self._shortest_wait, timing.waiting or 0.0)
        if not timing.is_at_pace:
            return
        self._heard.append(timing)
        if len(self._heard) >= max(FEWEST_HEARD, 2 * self.in_flight):
            self.in_flight = self._adjusted(self._waiting())
            self._heard.clear()

    def _waiting(self) -> float:
        """Return how many questions wait at the server, on average."""
        seconds = sum(one.seconds for one in self._heard)
        waits = sum((one.waiting or 0.0) - self._shortest_wait for one in self._heard)
        return self.in_flight * waits / seconds if seconds > 0 else 0.0

    def _adjusted(self, waiting: float) -> int:
        if waiting < FEWEST_WAITING:
            more = 1 if self._has_waited else self.in_flight
            return min(self.in_flight + more, MOST_IN_FLIGHT)
        self._has_waited = True
        if waiting < MOST_WAITING:
            return self.in_flight
        return max(1, self.in_flight - round(waiting) + 1)


class PaceByRate:
    """Follows a server that tells nothing: doubles the number for as long as that pays."""

    def __init__(self) -> None:
        self.in_flight = FIRST_IN_FLIGHT
        self._rate = 0.0
        self._is_climbing = True
        self._heard: list[float] = []

    def hear(self, timing: Timing) -> None:
        """Take note, and adjust the number when enough was heard."""
        if not timing.is_at_pace:
            return
        self._heard.append(timing.seconds)
        if len(self._heard) < max(FEWEST_HEARD, 2 * self.in_flight):
            return
        seconds = sum(self._heard)
        rate = self.in_flight * len(self._heard) / seconds if seconds > 0 else 0.0
        self._heard.clear()
        if self._is_climbing:
            self._climb(rate)
        elif rate < MUCH_SLOWER * self._rate:
            self._rate, self._is_climbing = 0.0, True
            self.in_flight = max(1, self.in_flight // 2)

    def _climb(self, rate: float) -> None:
        if self._rate and rate < LEAST_GAIN * self._rate:
            self.in_flight //= 2
            self._is_climbing = False
            return
        self._rate = rate
        doubled = 2 * self.in_flight
        if doubled > MOST_IN_FLIGHT:
            self._is_climbing = False
        else:
            self.in_flight = doubled
