"""A stage in a thread of its own, beside the stage in this one."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from threading import enumerate as living_threads
from types import TracebackType
from typing import Generic, TypeVar

from evaluator.run.progress import Advance, Progress

Result = TypeVar("Result")

THREAD_NAME = "stage"
GRACE_SECONDS = 5.0
"""Of the ten that Docker and others give between SIGTERM and SIGKILL."""


def is_stage_left_behind() -> bool:
    """Return whether a stage still works that an interruption did not wait for any longer."""
    return any(thread.name == THREAD_NAME for thread in living_threads())


class _OtherStageEnded(Exception):
    """The other stage failed, so this one need not go on."""


class StageBeside(Generic[Result]):
    """A stage that works while its context lasts; when either fails, both end.

    Signals reach this thread alone. The stages look at each other whenever they tell of progress,
    which is after each answer and each classification: what was done by then is in their journals.
    An interruption does not wait for longer than `GRACE_SECONDS` for that, as a model that is being
    loaded takes no step: then the stage is left behind, and ends with the process.

    Args:
        work: The stage, which tells of its progress where it is told.
        progress: Where both stages show theirs.
    """

    def __init__(self, work: Callable[[Progress], Result], progress: Progress) -> None:
        self._work = work
        self._shown = progress
        self._this_ended = Event()
        self._thread = Thread(target=self._do, name=THREAD_NAME, daemon=True)
        self._future: Future[Result] = Future()

    def __enter__(self) -> "StageBeside[Result]":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the other stage, at its next step where this one failed.

        Raises:
            Exception: What the other stage raised, where this one ended for it.
        """
        if error is not None:
            self._this_ended.set()
        self._thread.join(GRACE_SECONDS if isinstance(error, KeyboardInterrupt) else None)
        if isinstance(error, _OtherStageEnded):
            self._future.result()

    @property
    def progress(self) -> Progress:
        """Where the stage in this thread tells of its progress, to hear of the other's failure."""
        return _Watching(self._shown, self._has_failed)

    def result(self) -> Result:
        """Return what the other stage returns, once it does.

        Raises:
            Exception: What it raises.
        """
        return self._future.result()

    def _do(self) -> None:
        try:
            self._future.set_result(self._work(_Watching(self._shown, self._this_ended.is_set)))
        except BaseException as error:  # raised again by the one who waits
            self._future.set_exception(error)

    def _has_failed(self) -> bool:
        return self._future.done() and self._future.exception() is not None


class _Watching:
    """Shows progress, and ends the stage that tells of it when the other one ended."""

    def __init__(self, shown: Progress, has_other_ended: Callable[[], bool]) -> None:
        self._shown = shown
        self._has_other_ended = has_other_ended

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        return self._stage(name, total, unit, done)

    @contextmanager
    def _stage(self, name: str, total: int | None, unit: str, done: int) -> Iterator[Advance]:
        with self._shown.stage(name, total, unit, done) as advance:

            def advance_or_end(count: int) -> None:
                advance(count)
                if self._has_other_ended():
                    raise _OtherStageEnded

            yield advance_or_end
