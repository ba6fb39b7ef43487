"""Telling when an import is under way, in which no signal may raise an error."""

from collections.abc import Iterator
from types import FrameType

FILES_OF_IMPORTS = "<frozen importlib."


def is_importing(frame: FrameType | None) -> bool:
    """Return whether a thread is importing something where it stands.

    An error that a signal raises there can leave the interpreter's lock of imports taken, for which
    every other thread that imports something then waits for ever; or a module half made, which
    cannot be imported again.

    Args:
        frame: Where the thread stands, as a signal's handler is told.
    """
    return any(
        caller.f_code.co_filename.startswith(FILES_OF_IMPORTS) for caller in callers_of(frame)
    )


def callers_of(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame and those that called it, the outermost last."""
    while frame is not None:
        yield frame
        frame = frame.f_back
