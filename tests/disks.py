"""Real file systems that fill up or refuse to be written."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def mounted(folder: Path, kib: int) -> Iterator[Path]:
    """Mount an empty file system of so many KiB; skip the test where this user may not."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={kib}k,mode=0777", "tmpfs"]
    try:
        subprocess.run(["mount", *options, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def make_read_only(disk: Path) -> None:
    """Let a mounted file system refuse every change."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True, capture_output=True)


def pages(path: Path) -> int:
    """The pages that a file takes of a mounted file system."""
    return -(-path.stat().st_size // PAGE)


def fill(disk: Path, pages_left: int) -> Path:
    """Take a mounted file system's room but for so many pages; return the file to delete."""
    free = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - pages_left * PAGE))
    return ballast
