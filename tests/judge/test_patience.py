import asyncio
from collections.abc import Iterator

import pytest

from evaluator.backends.protocol import ServerGone, TryAgain, Unanswered
from evaluator.errors import JudgeUnavailable
from evaluator.judge.patience import (
    FAULTS_IN_A_ROW_BEFORE_GIVING_UP,
    AskingPolicy,
    Patience,
    side_by_side,
)

QUICK = AskingPolicy(timeout=0.2, attempts=3, longest_wait=0.0)


class Attempt:
    """Raises what it is told, one a call, then returns how often it was called."""

    def __init__(self, *faults: Exception) -> None:
        self.calls = 0
        self._faults = list(faults)

    async def __call__(self) -> int:
        self.calls += 1
        if self._faults:
            raise self._faults.pop(0)
        return self.calls


def insisted(patience: Patience, *faults: Exception) -> int:
    return asyncio.run(patience.insist(Attempt(*faults)))


def test_what_fails_is_tried_again() -> None:
    assert insisted(Patience(QUICK)) == 1
    assert insisted(Patience(QUICK), TryAgain("http-503"), TryAgain("timeout")) == 3


def test_the_last_failure_is_told() -> None:
    attempt = Attempt(*(TryAgain("http-503") for _ in range(3)))
    with pytest.raises(TryAgain, match="http-503"):
        asyncio.run(Patience(QUICK).insist(attempt))
    assert attempt.calls == 3


def test_what_can_have_no_answer_is_not_tried_again() -> None:
    attempt = Attempt(Unanswered("prompt-too-long"))
    with pytest.raises(Unanswered, match="prompt-too-long"):
        asyncio.run(Patience(QUICK).insist(attempt))
    assert attempt.calls == 1


def test_an_attempt_that_hangs_is_given_up() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TryAgain, match=r"timeout: no answer in 0\.2 s"):
        asyncio.run(Patience(AskingPolicy(timeout=0.2, attempts=1)).insist(hang))


def test_a_server_that_is_gone_ends_it() -> None:
    with pytest.raises(JudgeUnavailable, match="the judge stopped answering"):
        insisted(Patience(QUICK), *(ServerGone("connection-refused") for _ in range(3)))


def test_failure_after_failure_ends_it_and_success_restores_patience() -> None:
    patience = Patience(AskingPolicy(attempts=1))

    def fails(kind: type[Exception]) -> None:
        with pytest.raises(kind):
            insisted(patience, TryAgain("http-500"))

    for _ in range(2):
        for _ in range(FAULTS_IN_A_ROW_BEFORE_GIVING_UP - 1):
            fails(TryAgain)
        assert insisted(patience) == 1
    for _ in range(FAULTS_IN_A_ROW_BEFORE_GIVING_UP - 1):
        fails(TryAgain)
    fails(JudgeUnavailable)


@pytest.mark.parametrize("workers", [1, 4, 9])
def test_every_item_is_done_once_and_so_many_at_a_time(workers: int) -> None:
    busy = peak = 0
    done: list[int] = []

    async def work(item: int) -> None:
        nonlocal busy, peak
        busy += 1
        peak = max(peak, busy)
        await asyncio.sleep(0.01)
        busy -= 1
        done.append(item)

    asyncio.run(side_by_side(lambda: workers, range(6), work))
    assert sorted(done) == list(range(6))
    assert peak == min(workers, 6)


def test_the_first_failure_ends_the_work() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        if item == 2:
            raise JudgeUnavailable("gone.")
        done.append(item)

    with pytest.raises(JudgeUnavailable, match="gone"):
        asyncio.run(side_by_side(lambda: 1, range(6), work))
    assert done == [0, 1]


def test_how_many_are_worked_on_at_a_time_can_change_meanwhile() -> None:
    busy: list[int] = []
    at_a_time = [1, 4, 2]

    async def work(item: int) -> None:
        busy.append(item)
        await asyncio.sleep(0.001)
        peaks[item // 20].append(len(busy))
        busy.remove(item)

    peaks: list[list[int]] = [[], [], []]
    last_begun = 0

    def items() -> Iterator[int]:
        nonlocal last_begun
        for number in range(60):
            last_begun = number
            yield number

    asyncio.run(side_by_side(lambda: at_a_time[last_begun // 20], items(), work))
    assert [len(one) for one in peaks] == [20, 20, 20]
    assert [max(one) for one in peaks] == [1, 4, 2]
