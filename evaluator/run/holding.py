"""One run a directory: a lock keeps a second process out while the first works."""

import errno
import logging
import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.errors import JudgeChanged, ModelChanged, StorageFailed
from evaluator.run.directory import RunDirectory, write_whole
from evaluator.run.provenance import reopened
from evaluator.storage.held_store import HeldStore
from evaluator.storage.lease import Lease
from evaluator.storage.location import url_of
from evaluator.storage.mirror import mirrored
from evaluator.storage.remote_run import RemoteRun
from evaluator.storage.store import Store

if TYPE_CHECKING:
    from filelock import BaseFileLock

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.5
"""Spans the end of a run that is just ending, and the moment in which a new holder has not yet
written its name."""

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
LONGEST_RECORD = 4_096


class Holder(BaseModel):
    """Who holds a run directory; only ever said, never trusted, since the lock alone decides.

    Attributes:
        pid: The process.
        host: The machine, container or pod that it runs on.
        since: UTC time, ISO 8601.
    """

    model_config = ConfigDict(frozen=True)

    pid: int = Field(ge=1)
    host: str = Field(max_length=255)
    since: str = Field(max_length=40)


@contextmanager
def held(path: Path) -> Iterator[RunDirectory]:
    """Keep a run directory for this process alone while the context lasts.

    The operating system frees the lock when the process ends, however it ends, so none outlives
    its holder. A file system without locks is used unlocked, with a warning. A directory at a URL
    is held here and there, brought down, and up again.

    Args:
        path: The folder; made if it does not exist.

    What a judge or a model said that changed meanwhile is forgotten.

    Raises:
        ConfigError: The path stands for a URL of an unknown kind.
        StorageFailed: Another process holds the directory, or it cannot be written, or it was
            deleted while the context lasted.
    """
    from filelock import FileLock

    url = url_of(path)
    store = None if url is None else Store(url)
    directory = RunDirectory(path)
    lock = FileLock(directory.lock_file, mode=0o644, fallback_to_soft=False)
    _acquire(lock, directory)
    try:
        if lock.is_locked:
            directory.sweep()
        with _named(directory), _mirrored(directory, store), _of_one_judge_and_model(directory):
            yield directory
    except StorageFailed as error:
        if _is_gone(directory.lock_file):
            raise StorageFailed(
                f"{path} was deleted or replaced while the run worked, and what it had computed "
                "with it; run the same command again to start over."
            ) from error
        raise
    finally:
        lock.release()


@contextmanager
def _of_one_judge_and_model(directory: RunDirectory) -> Iterator[None]:
    """Forget what one said that changed, before the directory is brought up."""
    try:
        yield
    except JudgeChanged:
        directory.forget_answers()
        raise
    except ModelChanged:
        directory.forget_classifications()
        raise


def _mirrored(directory: RunDirectory, store: Store | None) -> AbstractContextManager[None]:
    """Return what keeps a store up to date with a directory, if one is to be."""
    if store is None:
        return nullcontext()
    lease = Lease(store)
    record, summary = directory.run_file, directory.summary_file
    results = [path.name for path in directory.results if path not in (record, summary)]
    run = RemoteRun(
        directory.path,
        HeldStore(store.url, lease.require_held),
        record=record.name,
        results=[*results, summary.name],
        reopened=lambda: reopened(directory),
        session=lease.session,
    )
    return mirrored(directory.path, store, lease, run)


def require_free(path: Path) -> None:
    """Check that no other process holds a run directory, which is left as it was.

    Raises:
        StorageFailed: One does, or nobody can lock there.
    """
    from filelock import FileLock

    directory = RunDirectory(path)
    if directory.lock_file.exists():
        lock = FileLock(directory.lock_file, mode=0o644, fallback_to_soft=False)
        _acquire(lock, directory)
        lock.release()


def _acquire(lock: "BaseFileLock", directory: RunDirectory) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        raise StorageFailed(_held_by_another(directory)) from None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise StorageFailed.at_writing(directory.lock_file, error) from error
        logger.warning(
            "%s is on a file system without locks: start no second run in it", directory.path
        )


@contextmanager
def _named(directory: RunDirectory) -> Iterator[None]:
    """Leave this process's name for those who are turned away."""
    holder = Holder(
        pid=os.getpid(),
        host=platform.node()[:255],
        since=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    with suppress(StorageFailed):  # a nameless holder holds as well
        write_whole(directory.holder_file, holder.model_dump_json())
    try:
        yield
    finally:
        with suppress(OSError):
            directory.holder_file.unlink()


def _held_by_another(directory: RunDirectory) -> str:
    holder = _read_holder(directory.holder_file)
    who = (
        "another process"
        if holder is None
        else f"process {holder.pid} on {holder.host}, since {holder.since}"
    )
    return (
        f"{directory.path} is in use by {who}; "
        "wait until that run has ended, or use another --save-to."
    )


def _read_holder(path: Path) -> Holder | None:
    try:
        with path.open("rb") as content:
            return Holder.model_validate_json(content.read(LONGEST_RECORD))
    except (OSError, ValidationError):
        return None


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
