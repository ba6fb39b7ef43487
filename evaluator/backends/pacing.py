"""How many questions to have in flight at a server, found from how its answers come."""

import math
from dataclasses import dataclass
from typing import Protocol

MOST_IN_FLIGHT = 64
FIRST_IN_FLIGHT = 2
"""No more than a server of one slot should have: one that it works on, and one that waits."""

FEWEST_WAITING, MOST_WAITING = 0.5, 1.5
"""Questions that wait at the server on average, between which nothing is changed. With one of them
no slot stands idle while an answer travels; a second one would only grow older."""

FEWEST_HEARD_AT_FIRST, FEWEST_HEARD = 4, 8
LEAST_GAIN = 1.2
"""Times as many answers that twice as many questions in flight have to bring."""

MOST_WITHOUT_GAIN = 1.5
"""Times the questions in flight that brought the most answers, beyond which more need a gain."""

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
        self._best_rate = 0.0
        self._best_in_flight = FIRST_IN_FLIGHT
        self._is_climbing = True
        self._shortest_wait = math.inf
        self._heard: list[Timing] = []

    def hear(self, timing: Timing) -> None:
        """Take note, and adjust the number when enough was heard."""
        self._shortest_wait = min(self._shortest_wait, timing.waiting or 0.0)
        if not timing.is_at_pace:
            return
        self._heard.append(timing)
        fewest = FEWEST_HEARD_AT_FIRST if self._is_climbing else FEWEST_HEARD
        if len(self._heard) >= max(fewest, self.in_flight):
            seconds = sum(one.seconds for one in self._heard) or math.inf
            waits = sum((one.waiting or 0.0) - self._shortest_wait for one in self._heard)
            rate = self.in_flight * len(self._heard) / seconds
            self.in_flight = self._adjusted(self.in_flight * waits / seconds, rate)
            self._heard.clear()

    def _adjusted(self, waiting: float, rate: float) -> int:
        """Return the number that suits so many waiting questions and answers a second."""
        if waiting >= FEWEST_WAITING:
            self._is_climbing = False
            queued = 0 if waiting < MOST_WAITING else round(waiting) - 1
            return max(1, self.in_flight - queued)
        if self._is_climbing and rate < LEAST_GAIN * self._best_rate:
            self._is_climbing = False  # they wait where the server does not see them
            return self.in_flight // 2
        if rate >= LEAST_GAIN * self._best_rate:
            self._best_rate, self._best_in_flight = rate, self.in_flight
        elif LEAST_GAIN * rate < self._best_rate:
            self._best_rate = rate
            self._best_in_flight = min(self._best_in_flight, self.in_flight)
            return self._best_in_flight
        if self._is_climbing:
            return min(2 * self.in_flight, MOST_IN_FLIGHT)
        if self.in_flight >= MOST_WITHOUT_GAIN * self._best_in_flight + 1:
            return self.in_flight
        return min(self.in_flight + 1, MOST_IN_FLIGHT)


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
