"""Patience with a backend: deadlines, retries, and when to give it up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from evaluator.backends.protocol import ServerGone, TryAgain
from evaluator.errors import JudgeUnavailable

FAULTS_IN_A_ROW_BEFORE_GIVING_UP = 5

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """How patient to be.

    Attributes:
        timeout: Seconds an attempt may take.
        attempts: Attempts at a question, at least 1.
        longest_wait: Seconds between attempts grow up to this.
    """

    timeout: float = 120.0
    attempts: int = 7
    longest_wait: float = 20.0


class Patience:
    """Patience with one backend, which wears out when question after question fails.

    Args:
        policy: How much there is.
    """

    def __init__(self, policy: AskingPolicy) -> None:
        self._policy = policy
        self._faults_in_a_row = 0

    async def insist(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Return what an attempt gives, at the first that does not fail.

        Raises:
            Unanswered: It gives nothing usable.
            JudgeUnavailable: The server is gone, or fails at question after question.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(self._policy.attempts),
            wait=wait_random_exponential(multiplier=1.0, max=self._policy.longest_wait),
            reraise=True,
        )
        try:
            result: Result = await retrying(self._in_time, attempt)
        except ServerGone as error:
            raise JudgeUnavailable(f"the judge stopped answering ({error}).") from error
        except TryAgain as error:
            self._count_fault(error)
            raise
        self._faults_in_a_row = 0
        return result

    async def _in_time(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        try:
            async with asyncio.timeout(self._policy.timeout):
                return await attempt()
        except TimeoutError:
            raise TryAgain("timeout", f"no answer in {self._policy.timeout:g} s") from None

    def _count_fault(self, error: TryAgain) -> None:
        self._faults_in_a_row += 1
        if self._faults_in_a_row >= FAULTS_IN_A_ROW_BEFORE_GIVING_UP:
            raise JudgeUnavailable(
                f"the judge failed at {self._faults_in_a_row} questions in a row ({error})."
            ) from error


async def side_by_side(
    at_a_time: Callable[[], int], items: Iterable[Item], work: Callable[[Item], Awaitable[None]]
) -> None:
    """Do the work for every item; the first failure ends it.

    Args:
        at_a_time: Returns how many to work on at a time, which may change with every item.
        items: The items, each taken when its work begins.
        work: What to do for one.
    """
    waiting = iter(items)
    workers = 0
    has_more = True

    def fill(group: asyncio.TaskGroup) -> None:
        nonlocal workers
        while has_more and workers < at_a_time():
            workers += 1
            group.create_task(do_next(group))

    async def do_next(group: asyncio.TaskGroup) -> None:
        nonlocal workers, has_more
        for item in waiting:
            await work(item)
            fill(group)
            if workers > at_a_time():
                break
        else:
            has_more = False
        workers -= 1

    try:
        async with asyncio.TaskGroup() as group:
            fill(group)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
