"""What ends a command from outside: SIGTERM, Ctrl-C, and a deadline of its own."""

import _thread
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from evaluator.importing import callers_of, is_importing

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

Result = TypeVar("Result")

AGAIN_SECONDS = 0.05
"""A signal that could not be raised where it came is sent again after that time."""


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived; handled like Ctrl-C, with its own exit code.

    Attributes:
        reason: Why the command ends, as the beginning of a sentence.
    """

    reason = "Terminated"


class DeadlinePassed(Terminated):
    """The command was given so much time and no more; handled like SIGTERM."""

    def __init__(self, seconds: float) -> None:
        self.reason = f"The --deadline of {seconds:g} s has passed"


def stoppable(work: Callable[[], Result]) -> Result:
    """Do work that SIGTERM and Ctrl-C end; what follows it they do not.

    What a shell starts in the background is deaf to Ctrl-C, and stays so.

    Raises:
        Terminated: SIGTERM came.
        KeyboardInterrupt: Ctrl-C came.
    """
    signal.signal(signal.SIGTERM, _Stop(Terminated, _is_at_work))
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _Stop(KeyboardInterrupt, _is_at_work))
    return work()


def _is_at_work(frame: FrameType | None) -> bool:
    return any(caller.f_code is stoppable.__code__ for caller in callers_of(frame))


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Stop what the context does when its time is over, wherever it is.

    Args:
        seconds: How long it may last; None for any time.

    Raises:
        DeadlinePassed: It lasted longer.
    """
    if seconds is None:
        yield
        return
    stop = _Stop(lambda: DeadlinePassed(seconds), lambda _: True)
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        stop.give_way(signal.SIGALRM, before)


class _Stop:
    """A signal's handler, which raises an error at the next moment at which that breaks nothing.

    No import is left half-way, and an event loop ends between two steps of its tasks.

    Args:
        error: Makes the error.
        is_wanted: Whether it is to be raised where the main thread stands.
    """

    def __init__(
        self,
        error: Callable[[], KeyboardInterrupt],
        is_wanted: Callable[[FrameType | None], bool],
    ) -> None:
        self._error = error
        self._is_wanted = is_wanted
        self._main = _thread.get_ident()
        self._is_due = False
        self._is_sent_again = False
        self._sending = _thread.allocate_lock()

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """Raise the error, or see to it that it is raised soon."""
        sent_again, self._is_sent_again = self._is_sent_again, False
        if sent_again and not self._is_due:
            return
        if not self._is_wanted(frame):
            self._is_due = False
            return
        if not is_importing(frame):
            loop = _running_loop()
            if loop is None:
                self._raise()
            loop.call_soon_threadsafe(self._raise_if_due)
        if sent_again or not self._is_due:
            self._is_due = True
            # Of `threading`, the main thread may hold a lock where it stands.
            _thread.start_new_thread(self._send_again, (signum,))

    def give_way(self, signum: int, handler: Any) -> None:
        """Raise nothing of what came until now, and leave the signal to another handler."""
        with self._sending:
            self._is_due = False
            signal.signal(signum, handler)

    def _raise_if_due(self) -> None:
        if self._is_due:
            self._raise()

    def _raise(self) -> NoReturn:
        self._is_due = False
        raise self._error()

    def _send_again(self, signum: int) -> None:
        """Send the signal again in a while: the import, or the loop, may be over by then."""
        time.sleep(AGAIN_SECONDS)
        with self._sending:
            if self._is_due:
                self._is_sent_again = True
                signal.pthread_kill(self._main, signum)


def _running_loop() -> "AbstractEventLoop | None":
    from asyncio import get_running_loop

    try:
        return get_running_loop()
    except RuntimeError:
        return None
