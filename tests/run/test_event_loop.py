"""One event loop after another in a thread, and what an interruption leaves of it."""

import asyncio

import pytest

from evaluator.run.event_loop import EventLoop


def test_what_was_interrupted_does_not_go_on_when_the_loop_next_runs() -> None:
    steps = []

    async def step() -> None:
        try:
            await asyncio.sleep(0.01)
            steps.append("went on")
        finally:
            steps.append("ended")

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(step())
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(interrupt)
            await asyncio.sleep(600)

    def interrupt() -> None:
        raise KeyboardInterrupt

    loop = EventLoop()
    with pytest.raises(KeyboardInterrupt):
        loop.run(work())
    assert steps == ["ended"]
    loop.run(asyncio.sleep(0.05))
    loop.close()
    assert steps == ["ended"]
