"""The event loop of a stage, which holds nothing over from work that was interrupted."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class EventLoop:
    """Runs one piece of work after another in this thread."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what the work returns.

        Raises:
            KeyboardInterrupt: It was interrupted. All of it has ended: nothing of it goes on when
                the loop next runs.
        """
        try:
            return self._runner.run(work)
        except KeyboardInterrupt:
            self._runner.run(_end_all())
            raise

    def close(self) -> None:
        """Let the loop go."""
        self._runner.close()


async def _end_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
