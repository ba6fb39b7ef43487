"""Ends what the main thread does, from another thread."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from evaluator.importing import is_importing

SIGNAL = signal.SIGURG
"""Not SIGINT, which is ignored in what a script starts in the background. One that comes too late
is nothing to the process."""

AGAIN_SECONDS = 0.1
"""A signal that comes just before the main thread waits for something does not wake it, and in an
import it ends nothing."""


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Yield a function by which another thread ends the context, as Ctrl-C would.

    The function returns when the main thread has noticed. It does nothing after the context, and
    where the context is not in the main thread, the only one that signals reach.

    Raises:
        KeyboardInterrupt: The function was called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    main, sending, noticed, over = threading.get_ident(), threading.Lock(), False, False

    def end(signum: int, frame: FrameType | None) -> None:
        nonlocal noticed
        if not (noticed or over or is_importing(frame)):
            noticed = True
            raise KeyboardInterrupt

    def interrupt() -> None:
        while True:
            with sending:
                if noticed or over:
                    return
                signal.pthread_kill(main, SIGNAL)
            time.sleep(AGAIN_SECONDS)

    before = signal.signal(SIGNAL, end)
    try:
        yield interrupt
    finally:
        over = True
        with sending:
            signal.signal(SIGNAL, before)
