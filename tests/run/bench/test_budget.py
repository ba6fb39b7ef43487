"""Calls and seconds count down."""

import asyncio
import time

import pytest

from evaluator.run.bench.budget import Budget, Exhausted


def test_calls_are_taken_whole_or_not_at_all() -> None:
    budget = Budget(10, 60)
    budget.take(4, warm_up=True)
    budget.take(6)
    with pytest.raises(Exhausted):
        budget.take(1)
    assert (budget.calls, budget.warm_up_calls, budget.spent) == (10, 4, "calls")


def test_no_call_is_taken_after_the_time() -> None:
    budget = Budget(10, 0.01)
    time.sleep(0.02)
    with pytest.raises(Exhausted):
        budget.take(1)
    assert (budget.calls, budget.spent) == (0, "seconds")


def test_work_that_takes_longer_than_the_time_left_is_given_up() -> None:
    budget = Budget(10, 0.05)
    began = time.monotonic()
    with pytest.raises(Exhausted):
        asyncio.run(budget.in_time(asyncio.sleep(30)))
    assert time.monotonic() - began < 10
    assert budget.spent == "seconds"


def test_a_timeout_of_the_works_own_is_no_end_of_the_budget() -> None:
    async def impatient() -> None:
        raise TimeoutError

    budget = Budget(10, 60)
    with pytest.raises(TimeoutError):
        asyncio.run(budget.in_time(impatient()))
    assert budget.spent is None
