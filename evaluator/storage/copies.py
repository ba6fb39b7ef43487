"""Copies of what lies behind URLs, one a version, so that none changes while it is read."""

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from evaluator.errors import EvaluatorError, StorageFailed
from evaluator.storage.location import copies_folder, copy_of, url_of
from evaluator.storage.store import NothingThere, Store, StoredObject, StoreFailed

logger = logging.getLogger(__name__)

MOST_BYTES = 50 << 30
"""More of copies than that and the ones that were not used for longest go."""

IN_USE_SECONDS = 24 * 3600
"""A copy that was used since then may be in use."""


def fetched(
    path: Path, unusable: type[EvaluatorError], only: Collection[str] | None = None
) -> Path:
    """Return a copy of what a path stands for, or the path where it stands for itself.

    Hidden files are left where they are.

    Args:
        path: A file or folder, or a path that stands for a URL.
        unusable: What is raised where nothing can be read there.
        only: Names of what is wanted of a folder; None for everything in it.

    Raises:
        ConfigError: The kind of store is unknown, or what reads it is not installed.
        StorageFailed: The cache cannot be written.
        unusable: There is nothing at the URL, or it cannot be read.
    """
    url = url_of(path)
    if url is None or path.is_relative_to(copies_folder()):
        return path
    store = Store(url)
    try:
        return _copied(store, path, only)
    except StoreFailed as error:
        raise unusable(f"{url} cannot be read: {error}.") from error
    except OSError as error:
        raise StorageFailed(
            f"{url} cannot be copied to file://{copies_folder()}: {error.strerror or error}; make "
            "room there, or name another folder with EVALUATOR_CACHE."
        ) from error


def _copied(store: Store, path: Path, only: Collection[str] | None) -> Path:
    from filelock import FileLock

    objects = _wanted(store, only)
    version = _version_of(store.url, objects)
    target, folder = copy_of(path, version), copies_folder()
    kept = folder / version
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock", mode=0o644):  # one that waits finds the copy there
        if not kept.is_dir():
            unfinished = folder / f".{version}"
            _copy(store, objects, unfinished / target.relative_to(kept))
            if _version_of(store.url, _wanted(store, only)) != version:
                raise StoreFailed("it changed while it was read; run the same command again")
            unfinished.rename(kept)
            _make_room(folder, spare=kept)
        os.utime(kept)
    return target


def _wanted(store: Store, only: Collection[str] | None) -> Mapping[str, StoredObject]:
    found = store.objects() if only is None else store.beside() or store.objects()
    kept = {
        name: one
        for name, one in found.items()
        if not any(part.startswith(".") for part in name.split("/"))
        and (only is None or name == "" or name in only)
    }
    if not kept:
        raise NothingThere("there is nothing")
    return kept


def _copy(store: Store, objects: Mapping[str, StoredObject], target: Path) -> None:
    """Copy what an earlier attempt has not copied yet."""
    total = sum(one.size for one in objects.values())
    logger.info("reading %s, %.1f MB", store.url, total / 1e6)
    for name, one in objects.items():
        file = target / name if name else target
        if not file.is_file() or file.stat().st_size != one.size:
            store.fetch(name, file)


def _version_of(url: str, objects: Mapping[str, StoredObject]) -> str:
    digest = hashlib.sha256(url.encode())
    for name, one in sorted(objects.items()):
        digest.update(f"\n{name}\0{one.size}\0{one.version}".encode())
    return digest.hexdigest()[:16]


def _make_room(folder: Path, spare: Path) -> None:
    """Delete the copies that were not used for longest where all take too much room."""
    used = {one: one.stat().st_mtime for one in folder.iterdir() if one.is_dir() and one != spare}
    sizes = {one: _bytes_in(one) for one in used}
    total = sum(sizes.values()) + _bytes_in(spare)
    for one in sorted(used, key=used.__getitem__):
        if total <= MOST_BYTES or used[one] > time.time() - IN_USE_SECONDS:
            return
        shutil.rmtree(one, ignore_errors=True)
        total -= sizes[one]


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
