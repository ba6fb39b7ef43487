"""Room on a disk, for what does not exist yet."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk can take.

    Attributes:
        there: What exists of a path: itself, or the nearest folder above it.
        free: Bytes.
    """

    there: Path
    free: int


def room_at(path: Path) -> Room:
    """Return the room where a path is or would be made.

    Raises:
        OSError: What is there cannot be looked at.
    """
    path = path.absolute()
    there = next(one for one in (path, *path.parents) if one.exists())
    return Room(there, shutil.disk_usage(there).free)
