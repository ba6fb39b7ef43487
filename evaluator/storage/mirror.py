"""Keeps a store up to date with a run while it works, and holds its URL against other runs."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evaluator.errors import StorageFailed
from evaluator.storage.heartbeat import renewing
from evaluator.storage.interruption import interruptible
from evaluator.storage.lease import Lease, LeaseLost
from evaluator.storage.remote_run import RemoteRun
from evaluator.storage.store import NothingThere, Store, StoreFailed

logger = logging.getLogger(__name__)

UPLOAD_SECONDS = 5.0
"""A machine that vanishes takes so much of a run's work with it."""

GRACE_SECONDS = 20.0
"""For the journals of a run that was told to end; Kubernetes kills it ten seconds later."""

LAST_SECONDS = 120.0
"""How long a store may be away when a run has ended."""

LONGEST_PAUSE_SECONDS = 10.0


class Mirror:
    """The thread that brings a run's directory up to its URL.

    Args:
        folder: The directory here.
        store: What lies below the URL.
        lease: The right to write there, acquired.
        run: The directory and its objects.
        interrupt: Ends what the main thread does.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        lease: Lease,
        run: RemoteRun,
        interrupt: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._store = store
        self._lease = lease
        self._run = run
        self._interrupt = interrupt
        self._ending = threading.Event()
        self._finished = False
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._work, name="storage", daemon=True)

    def start(self) -> None:
        """Begin to bring up what the run writes."""
        self._thread.start()

    def end(self) -> None:
        """End what the main thread does, as nothing of it can be brought up any more."""
        if not self._ending.is_set():
            self._interrupt()

    def finish(self) -> None:
        """Bring up all of a run that has ended.

        Raises:
            StorageFailed: The store refuses, or somebody else holds the URL.
        """
        self._finished = True
        self._ending.set()
        try:
            self._thread.join()
        except KeyboardInterrupt:
            self._thread.join(GRACE_SECONDS)
            if self._lease.lost is None:
                raise
        self._require_held()
        if self._failure is not None:
            raise StorageFailed(self._failure)

    def leave(self) -> None:
        """Bring up the journals of a run that is ending for another reason, in the time it has.

        Raises:
            StorageFailed: Somebody else holds the URL, which is why the run ends.
        """
        self._ending.set()
        try:
            self._thread.join(GRACE_SECONDS)
        except KeyboardInterrupt:
            if self._lease.lost is None:
                raise
        self._require_held()
        if self._failure is not None or self._thread.is_alive():
            logger.warning("%s", self._failure or self._kept("it takes too long"))

    def _work(self) -> None:
        try:
            while not self._ending.wait(UPLOAD_SECONDS):
                self._bring_up()
            self._conclude()
        except LeaseLost:
            return  # the lease says so too
        except (StoreFailed, OSError) as error:
            self._failure = self._kept(str(error))

    def _bring_up(self) -> None:
        """Try once; what fails now is tried again with what there is more by then."""
        try:
            self._run.remember()
            self._lease.require_held()
            self._run.bring_up()
        except (StoreFailed, OSError) as error:
            if self._failure is None:
                logger.warning("%s cannot be written: %s; going on", self._store.url, error)
            self._failure = self._kept(str(error))
        else:
            self._failure = None

    def _conclude(self) -> None:
        patience = LAST_SECONDS if self._finished else GRACE_SECONDS
        until, pause = time.monotonic() + patience, 0.5
        while True:
            try:
                self._run.remember()
                self._lease.require_held()
                if self._finished:
                    self._run.finish()
                else:
                    self._run.bring_up()
                break
            except (StoreFailed, OSError):
                if time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self._failure = None
        with suppress(StoreFailed):  # it is taken for dead soon enough
            self._lease.release()

    def _require_held(self) -> None:
        if self._lease.lost is not None:
            raise _taken_over(self._store, self._folder, self._lease.lost)

    def _kept(self, reason: str) -> str:
        return (
            f"{self._store.url} cannot be written: {reason}; what was computed is kept in "
            f"file://{self._folder}: run the same command again on this machine, which continues."
        )


@contextmanager
def mirrored(folder: Path, store: Store, lease: Lease, run: RemoteRun) -> Iterator[None]:
    """Bring a run's directory down, and up again while the context lasts and at its end.

    Raises:
        StorageFailed: Somebody else is at work at the URL, or the store refuses.
    """
    with _explained(folder, store):
        lease.acquire()
    with interruptible() as interrupt:
        mirror = Mirror(folder, store, lease, run, interrupt)
        with renewing(lease, mirror.end):
            try:
                with _explained(folder, store):
                    run.bring_down()
            except BaseException as error:
                with suppress(StoreFailed):
                    lease.release()
                if lease.lost is not None:
                    raise _taken_over(store, folder, lease.lost) from error
                raise
            mirror.start()
            try:
                yield
            except BaseException:
                mirror.leave()
                raise
            mirror.finish()


@contextmanager
def _explained(folder: Path, store: Store) -> Iterator[None]:
    """Say what is to be done where a run cannot begin at a URL."""
    try:
        yield
    except NothingThere as error:
        raise StorageFailed(
            f"{store.url} cannot be written: there is no such bucket; make it, or name another "
            "place with --save-to."
        ) from error
    except StoreFailed as error:
        raise StorageFailed(
            f"{store.url} cannot be used: {error}; check the address and the key of the store, see "
            "docs/storage.md."
        ) from error
    except OSError as error:
        raise StorageFailed.at_writing(folder, error) from error


def _taken_over(store: Store, folder: Path, lost: LeaseLost) -> StorageFailed:
    return StorageFailed(
        f"{store.url} was taken over by {lost}, while the store could not be reached from here; "
        f"what this run computed is kept in file://{folder}."
    )
