"""How many questions are in flight, on a simulated server."""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.pacing import (
    FIRST_IN_FLIGHT,
    MOST_IN_FLIGHT,
    FixedPace,
    Pace,
    PaceByRate,
    PaceByWait,
    Timing,
)


class Simulation:
    """A server with so many slots and a queue, and a client that keeps its pace, in virtual time.

    Args:
        pace: The client's.
        slots: Questions that the server works on at a time.
        service: The seconds that the work on a question takes, by its number.
        travel: Seconds from the client to the server and back.
        tells: Whether the server tells how long a question waited.
        sees: Whether it knows.
    """

    def __init__(
        self,
        pace: Pace,
        slots: int,
        service: Callable[[int], float] = lambda number: 1.0,
        travel: float = 0.0,
        *,
        tells: bool = True,
        sees: bool = True,
    ) -> None:
        self.pace = pace
        self.slots = slots
        self._service = service
        self._travel = travel
        self._tells = tells
        self._sees = sees
        self._now = 0.0
        self._numbers = count()
        self._ends: list[tuple[float, int, float, float, int | None]] = []
        self._free: list[float] = [0.0] * slots
        self.paces: deque[int] = deque(maxlen=200)
        self.most = 0

    def run(self, questions: int) -> None:
        """Ask so many questions."""
        for _ in range(questions):
            while len(self._ends) < self.pace.in_flight:
                self._ask()
            self.most = max(self.most, len(self._ends))
            end, _, asked, waited, pace = heapq.heappop(self._ends)
            self._now = end
            told = (waited if self._sees else 0.0) if self._tells else None
            self.pace.hear(Timing(end - asked, told, pace == self.pace.in_flight))
            self.paces.append(self.pace.in_flight)

    def resized(self, slots: int) -> None:
        """Give the server another number of slots."""
        self._free = sorted(self._free)[:slots] + [self._now] * (slots - len(self._free))

    def _ask(self) -> None:
        number = next(self._numbers)
        arrived = self._now + self._travel / 2
        begun = max(arrived, heapq.heappop(self._free))
        done = begun + self._service(number)
        heapq.heappush(self._free, done)
        # Only a question that fills the room says how the server is with a full one.
        pace = self.pace.in_flight if len(self._ends) + 1 >= self.pace.in_flight else None
        end = done + self._travel / 2
        heapq.heappush(self._ends, (end, number, self._now, begun - arrived, pace))


def uneven(number: int) -> float:
    """Work that takes from half a second to one and a half."""
    return 0.5 + (number * 37 % 101) / 100


@pytest.mark.parametrize("slots", [1, 2, 3, 4, 5, 8, 13, 32])
@pytest.mark.parametrize("service", [lambda number: 1.0, uneven], ids=["even", "uneven"])
def test_by_the_wait_all_slots_are_busy_and_one_question_waits(
    slots: int, service: Callable[[int], float]
) -> None:
    simulated = Simulation(PaceByWait(), slots, service)
    simulated.run(1_000)
    assert set(simulated.paces) <= {slots, slots + 1}


def test_with_a_far_server_as_many_more_are_in_flight_as_are_under_way() -> None:
    # 2 slots, 1 s of work, 3 s on the way: 2 answers a second need 2 · (1 + 3) = 8 in flight.
    simulated = Simulation(PaceByWait(), 2, uneven, travel=3.0)
    simulated.run(1_000)
    assert set(simulated.paces) <= {8, 9, 10}


@given(
    slots=st.integers(1, 100),
    times=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=20),
    kind=st.sampled_from([PaceByWait, PaceByRate]),
)
@searching
def test_there_is_always_at_least_one_and_never_more_than_the_bound(
    slots: int, times: list[float], kind: type[PaceByWait | PaceByRate]
) -> None:
    simulated = Simulation(
        kind(), slots, lambda number: times[number % len(times)], tells=kind is PaceByWait
    )
    for _ in range(20):
        simulated.run(50)
        assert min(simulated.paces) >= 1 and max(simulated.paces) <= MOST_IN_FLIGHT
    assert simulated.most <= MOST_IN_FLIGHT


@pytest.mark.parametrize(("before", "after"), [(8, 2), (2, 8), (4, 1)])
def test_a_server_that_loses_or_gains_slots_is_followed(before: int, after: int) -> None:
    simulated = Simulation(PaceByWait(), before, uneven)
    simulated.run(500)
    simulated.resized(after)
    simulated.run(1_000)
    assert set(simulated.paces) <= {after, after + 1}


@pytest.mark.parametrize("slots", [1, 2, 4, 8])
def test_waits_that_the_server_does_not_see_are_noticed_by_the_rate(slots: int) -> None:
    # As with a proxy that queues before a server, which then tells of no wait.
    simulated = Simulation(PaceByWait(), slots, uneven, sees=False)
    simulated.run(2_000)
    assert max(simulated.paces) <= 1.5 * max(FIRST_IN_FLIGHT, slots) + 2
    assert min(simulated.paces) >= slots


@pytest.mark.parametrize(("slots", "found"), [(1, 2), (2, 2), (4, 4), (6, 8), (8, 8), (100, 64)])
def test_by_the_rate_the_number_is_doubled_while_that_pays(slots: int, found: int) -> None:
    simulated = Simulation(PaceByRate(), slots, tells=False)
    simulated.run(2_000)
    assert set(simulated.paces) == {found}


def test_by_the_rate_a_server_that_lost_its_slots_is_tried_anew() -> None:
    simulated = Simulation(PaceByRate(), 16, tells=False)
    simulated.run(1_000)
    simulated.resized(2)
    simulated.run(2_000)
    assert max(simulated.paces) < 16


def test_a_number_that_was_told_stays() -> None:
    simulated = Simulation(FixedPace(5), 1)
    simulated.run(100)
    assert set(simulated.paces) == {5}


def test_the_first_number_suits_a_server_with_one_slot() -> None:
    simulated = Simulation(PaceByWait(), 1)
    simulated.run(200)
    assert set(simulated.paces) == {FIRST_IN_FLIGHT}
