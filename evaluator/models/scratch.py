"""Directories that hold work in progress and do not outlive it, even where it was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give an empty directory that is removed in the end, unless it was renamed.

    Those of the same prefix that killed processes left are removed first. A process that works is
    told by its lock, which the system takes back however it ends.

    Args:
        parent: Where to make it.
        prefix: What its name begins with; such names must be nobody else's.

    Raises:
        OSError: It cannot be made.
    """
    for left in parent.glob(f"{_literal(prefix)}*"):
        _remove_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: nothing is swept there either
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _literal(prefix: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in prefix)


def _remove_abandoned(folder: Path) -> None:
    with suppress(OSError):  # somebody works in it, or it is not ours to remove
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
