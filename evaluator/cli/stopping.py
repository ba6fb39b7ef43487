"""What ends a command from outside: SIGTERM, and a deadline of its own."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


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

    def stop(signum: int, frame: FrameType | None) -> NoReturn:
        raise DeadlinePassed(seconds)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
