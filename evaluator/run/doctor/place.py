"""Whether a run could write its directory."""

import tempfile
from pathlib import Path

from evaluator.errors import StorageFailed
from evaluator.run.doctor.walking import Found, Step, skipped, warning
from evaluator.run.holding import require_free
from evaluator.run.room import room_at
from evaluator.run.settings import DoctorSettings
from evaluator.storage.location import named, url_of
from evaluator.storage.store import Store, StoreFailed

LITTLE_SPACE = 256 << 20
"""A run of 100,000 cases takes about as much."""


PROBE = ".doctor"
"""An object that is made and deleted."""


def save_directory_step(settings: DoctorSettings) -> Step:
    """Return the step that looks at the save directory, without making it."""

    def check() -> Found:
        if settings.model_path is None and not settings.names("save_to"):
            return skipped("neither --save-to nor a model was named")
        if url_of(settings.save_to) is not None:
            return _tried(settings.save_to)
        return _looked_at(settings.save_to)

    return Step(
        "save directory",
        check,
        StorageFailed,
        "name a directory that can be written with --save-to.",
    )


def _tried(path: Path) -> Found:
    url = named(path)
    try:
        store = Store(url)
        there = any(not name.startswith(".") for name in store.beside())
        store.write(PROBE, b"")
        store.delete([PROBE])
    except StoreFailed as error:
        raise StorageFailed(
            f"{url} cannot be written: {error}; check the address and the key of the store."
        ) from error
    return Found(f"{url}, {'there' if there else 'not yet there'}, can be written")


def _looked_at(path: Path) -> Found:
    try:
        room = room_at(path)
        if path.exists() and not path.is_dir():
            raise StorageFailed(
                f"{path} is a file; name a directory that can be written with --save-to."
            )
        with tempfile.TemporaryFile(dir=room.there):
            pass
    except OSError as error:
        raise StorageFailed(
            f"{path} cannot be written: {error.strerror or error}; name another directory with "
            "--save-to, or permit writing."
        ) from error
    if path.exists():
        require_free(path)
    text = f"{path}, {'there' if path.exists() else 'not yet there'}, {room.free >> 20} MiB free"
    if room.free < LITTLE_SPACE:
        return warning(text, "make room: a full disk stops a run, which can be continued.")
    return Found(text)
