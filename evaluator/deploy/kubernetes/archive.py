"""An archive that came from elsewhere, unpacked without trusting it."""

import hashlib
import os
import re
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from evaluator.deploy.kubernetes.members import BROKEN, plain_members
from evaluator.errors import ConfigError, DeploymentFailed, EvaluatorError, StorageFailed
from evaluator.run.room import room_at

CHUNK = 2**20
LONGEST_LISTING = 8 << 20
"""Bytes; a run directory has two dozen files of a hundred bytes each in the list."""

DEEPEST = 32
"""Folders within each other; a run has two."""

CHECKSUM = re.compile(rb"([0-9a-f]{64})[ ][ *](.+)", re.DOTALL)


def check_destination(folder: Path) -> None:
    """Check that results may be put into a folder.

    Raises:
        ConfigError: It holds something else than the results of a run.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder} is there and is no folder; name another.")
    is_run = (folder / "run.json").exists() or (folder / ".journal").exists()
    if not is_run and any(folder.iterdir()):
        raise ConfigError(f"{folder} holds something else than a run; name another folder.")


class Bounded:
    """Takes what arrives, piece by piece, and no more of it than fits.

    Args:
        take: Takes a piece.
        most: Bytes that fit.
        full: What is raised when more arrives.
    """

    def __init__(self, take: Callable[[bytes], object], most: int, full: EvaluatorError) -> None:
        self._take = take
        self._left = most
        self._full = full

    def __call__(self, piece: bytes) -> None:
        """Take a piece, or raise that it does not fit."""
        self._left -= len(piece)
        if self._left < 0:
            raise self._full
        self._take(piece)


def room_for_listing(take: Callable[[bytes], object]) -> Bounded:
    """Return what takes the list of the results' checksums, as far as one can be that long."""
    full = DeploymentFailed("the volume holds more files than the results of a run are.")
    return Bounded(take, LONGEST_LISTING, full)


def room_for_archive(take: Callable[[bytes], object], folder: Path) -> Bounded:
    """Return what takes an archive that is unpacked beside itself in a folder."""
    most = room_at(folder).free // 2
    full = StorageFailed(
        f"the results are larger than {most >> 20:,} MiB, half of what is free in {folder.parent} "
        "(they are there twice while they are unpacked); make room there, or name a folder on "
        "another disk."
    )
    return Bounded(take, most, full)


def unpack(archive: BinaryIO, root: str, folder: Path) -> None:
    """Unpack the files below a folder of an archive.

    Args:
        archive: A tar file.
        root: The folder's name in it, below which everything must be.
        folder: Where it is unpacked to.

    Raises:
        DeploymentFailed: The archive is broken, or holds anything but plain files and folders
            below its root.
        StorageFailed: A file cannot be written.
    """
    try:
        for archived, member in plain_members(archive):
            target = folder / _inside(member, root)
            try:
                _extract(archived, member, target)
            except OSError as error:
                raise StorageFailed.at_writing(target, error) from error
    except BROKEN as error:
        raise DeploymentFailed(f"the archive of the results is broken: {error}.") from error


def _inside(member: tarfile.TarInfo, root: str) -> PurePosixPath:
    """Return a member's path below the root."""
    path = PurePosixPath(member.name)
    parts = path.parts
    if path.is_absolute() or ".." in parts or not parts or parts[0] != root:
        raise DeploymentFailed(
            f"the archive of the results leads outside of it: {member.name[:200]!r}."
        )
    if not (member.isreg() or member.isdir()) or "\0" in member.name or len(parts) > DEEPEST:
        raise DeploymentFailed(
            f"the archive of the results holds what is no plain file: {member.name[:200]!r}."
        )
    return PurePosixPath(*parts[1:])


def _extract(members: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = members.extractfile(member)
    assert content is not None  # it is a plain file
    with content, target.open("xb") as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)


def parse_checksums(listing: bytes, root: str) -> dict[str, str]:
    """Return the digest of each file below a root, as `sha256sum --zero` lists them.

    Raises:
        DeploymentFailed: The list is broken.
    """
    found = {}
    for entry in listing.split(b"\0"):
        if not entry:
            continue
        parsed = CHECKSUM.fullmatch(entry)
        if parsed is None or not parsed[2].startswith(f"{root}/".encode()):
            raise DeploymentFailed("the list of the results' checksums is broken.")
        name = os.fsdecode(parsed[2])[len(root) + 1 :]
        found[name] = parsed[1].decode()
    return found


def check_files(folder: Path, wanted: dict[str, str]) -> None:
    """Check that a folder holds just some files, each with its digest.

    Raises:
        DeploymentFailed: One is missing, too many, or another than on the volume.
    """
    there = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    differing = sorted(set(there) ^ set(wanted))
    if not differing:
        differing = sorted(name for name, path in there.items() if _digest(path) != wanted[name])
    if differing:
        raise DeploymentFailed(
            f"{len(differing)} of {len(wanted)} files did not arrive as they are on the volume, "
            f"such as {differing[0]!r}; a run that is at work changes them, else try again."
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move_into(source: Path, folder: Path) -> None:
    """Move files into a folder of the same file system, replacing those of the same names.

    Raises:
        StorageFailed: One cannot be moved.
    """
    for path in sorted(source.rglob("*")):
        target = folder / path.relative_to(source)
        try:
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                path.replace(target)
        except OSError as error:
            raise StorageFailed.at_writing(target, error) from error
