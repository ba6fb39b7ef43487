"""Paths that people write, which may be no paths at all."""

from pathlib import Path


def at_home(path: Path) -> Path:
    """Return a path with `~` expanded, or as it is where there is no such home."""
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):
        return path


def is_there(path: Path) -> bool:
    """Return whether there is a file or folder; one that no file system could hold is not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
