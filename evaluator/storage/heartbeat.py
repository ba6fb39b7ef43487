"""Says that a holder is at work, however long it is busy with one transfer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from evaluator.storage.lease import Lease, LeaseLost
from evaluator.storage.store import StoreFailed

RENEW_SECONDS = 5.0

LAST_SECONDS = 1.0
"""For a renewal that is under way at the end."""


@contextmanager
def renewing(lease: Lease, lost: Callable[[], None]) -> Iterator[None]:
    """Renew an acquired lease from a thread of its own while the context lasts.

    Args:
        lease: The right to write.
        lost: Called from that thread when somebody else has it.
    """
    over = threading.Event()

    def renew() -> None:
        while not over.wait(RENEW_SECONDS):
            try:
                lease.renew()
            except StoreFailed:
                continue  # the lease itself notes for how long it was not renewed
            except LeaseLost:
                lost()
                return

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LAST_SECONDS)
