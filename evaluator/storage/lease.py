"""One run a remote directory: an object names its holder, who renews it while at work.

Nobody compares clocks: whoever finds the object watches whether it changes.
"""

import logging
import os
import platform
import secrets
import threading
import time
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.errors import StorageFailed
from evaluator.storage.store import Store

logger = logging.getLogger(__name__)

HOLDER = ".holder.json"
ABANDONED_SECONDS = 30.0
"""A holder that renewed nothing for so long is taken for dead."""

WATCH_SECONDS = 1.0

SURE_SECONDS = 10.0
"""For so long after a renewal nobody can have taken the holder for dead."""

ALL_THE_TIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that goes on while a machine sleeps, when others take its holder for dead. Linux has
one of its own for that; where there is none, the monotonic one does."""


class Holder(BaseModel):
    """Who holds a remote directory.

    Attributes:
        pid: The process.
        host: The machine, container or pod that it runs on.
        since: UTC time, ISO 8601.
        session: Names this holder among all.
        renewals: How often it said that it is at work.
    """

    model_config = ConfigDict(frozen=True)

    pid: int = Field(ge=1)
    host: str = Field(max_length=255)
    since: str = Field(max_length=40)
    session: str = Field(max_length=40)
    renewals: int = Field(default=0, ge=0)

    @property
    def who(self) -> str:
        """What messages call it."""
        return f"process {self.pid} on {self.host}, since {self.since}"


class LeaseLost(Exception):
    """Somebody else holds the directory now; the text says who."""


class Lease:
    """The right to write below a URL, for all threads of a process.

    Args:
        store: What lies below it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own = Holder(
            pid=os.getpid(),
            host=platform.node()[:255],
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            session=secrets.token_hex(6),
        )
        self._renewed = 0.0
        self._renewing = threading.Lock()
        self._released = False
        self._lost: LeaseLost | None = None

    @property
    def lost(self) -> LeaseLost | None:
        """Says who took the directory from this holder; None as far as it knows of nobody."""
        return self._lost

    @property
    def session(self) -> str:
        """Names this holder among all."""
        return self._own.session

    def acquire(self) -> None:
        """Take the directory, from a holder that is dead if need be, after watching it.

        Raises:
            StorageFailed: Somebody is at work in it.
            StoreFailed: The store refuses.
        """
        found = self._store.read(HOLDER)
        if found is not None:
            self._require_abandoned(found)
            self._store.delete([HOLDER])
        self._renewed = _now()
        self._store.create(HOLDER, self._own.model_dump_json().encode())
        if found is not None:
            time.sleep(WATCH_SECONDS)  # another may have watched the same holder die
        now = self._store.read(HOLDER)
        if now is None or self._is_anothers(now):
            raise self._in_use(now)

    def renew(self) -> None:
        """Say that this holder is at work, unless it is no more.

        Raises:
            LeaseLost: It is the holder no more.
            StoreFailed: The store refuses.
        """
        with self._renewing:
            if self._released:
                return
            if self._lost is None:
                self._renew()
            if self._lost is not None:
                raise LeaseLost(str(self._lost))

    def require_held(self) -> None:
        """Check that nobody else can be the holder; renew where the last time is too long ago.

        Raises:
            LeaseLost: Somebody else is.
            StoreFailed: The store refuses to tell.
        """
        if self._lost is not None or _now() - self._renewed > SURE_SECONDS:
            self.renew()

    def release(self) -> None:
        """Leave the directory to others.

        Raises:
            StoreFailed: The store refuses.
        """
        with self._renewing:
            self._released = True
            found = self._store.read(HOLDER)
            if found is not None and not self._is_anothers(found):
                self._store.delete([HOLDER])

    def _renew(self) -> None:
        started = _now()
        found = self._store.read(HOLDER)
        if found is None or self._is_anothers(found):
            self._lost = LeaseLost(_who(found))
            return
        self._own = self._own.model_copy(update={"renewals": self._own.renewals + 1})
        self._store.write(HOLDER, self._own.model_dump_json().encode())
        self._renewed = started

    def _require_abandoned(self, found: bytes) -> None:
        logger.info("%s is held by %s: is it at work?", self._store.url, _who(found))
        until = time.monotonic() + ABANDONED_SECONDS
        while time.monotonic() < until:
            time.sleep(WATCH_SECONDS)
            now = self._store.read(HOLDER)
            if now is None:
                return
            if now != found:
                raise self._in_use(now)
        logger.warning("%s was abandoned by %s: continuing it", self._store.url, _who(found))

    def _is_anothers(self, found: bytes) -> bool:
        holder = _holder(found)
        return holder is None or holder.session != self._own.session

    def _in_use(self, found: bytes | None) -> StorageFailed:
        return StorageFailed(
            f"{self._store.url} is in use by {_who(found)}; "
            "wait until that run has ended, or use another --save-to."
        )


def _now() -> float:
    return time.clock_gettime(ALL_THE_TIME)


def _holder(found: bytes) -> Holder | None:
    try:
        return Holder.model_validate_json(found)
    except ValidationError:
        return None


def _who(found: bytes | None) -> str:
    holder = None if found is None else _holder(found)
    return "another process" if holder is None else holder.who
