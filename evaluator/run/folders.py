"""Folders, and names in them, that outlast a power cut.

A file that was forced to the disk is still lost if the name under which it lies was not.
"""

import errno
import os
from pathlib import Path

CANNOT_FORCE_NAMES = (
    errno.EINVAL,
    errno.ENOTSUP,
    errno.EBADF,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
)
"""Of file systems that keep no folders or change none, and of folders that cannot be read."""


def make_folder(path: Path) -> None:
    """Make a folder with its parents, where it is missing, and force all their names to the disk.

    Whoever made what is there may have been killed before he forced the last name.

    Raises:
        OSError: It cannot be made.
    """
    missing = []
    while not path.is_dir():
        missing.append(path)
        if path == path.parent:
            break
        path = path.parent
    force_names(path.parent)
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        force_names(folder.parent)


def force_content(path: Path) -> None:
    """Force a file that was written and closed to the disk.

    Raises:
        OSError: The disk fails.
    """
    with path.open("rb") as content:
        os.fsync(content.fileno())


def force_names(folder: Path) -> None:
    """Force the names in a folder to the disk, where the file system can.

    Raises:
        OSError: The disk fails.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in CANNOT_FORCE_NAMES:
            raise
