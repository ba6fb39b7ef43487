"""Whether a run could write its directory."""

import shutil
import tempfile
from pathlib import Path

from evaluator.errors import StorageFailed
from evaluator.run.doctor.walking import Found, Step, skipped, warning
from evaluator.run.holding import require_free
from evaluator.run.settings import DoctorSettings

LITTLE_SPACE = 256 << 20
"""A run of 100,000 cases takes about as much."""


def save_directory_step(settings: DoctorSettings) -> Step:
    """Return the step that looks at the save directory, without making it."""

    def check() -> Found:
        if settings.model_path is None and not settings.names("save_to"):
            return skipped("neither --save-to nor a model was named")
        return _looked_at(settings.save_to)

    return Step(
        "save directory",
        check,
        StorageFailed,
        "name a directory that can be written with --save-to.",
    )


def _looked_at(path: Path) -> Found:
    try:
        there = next(one for one in (path, *path.absolute().parents) if one.exists())
        if path.exists() and not path.is_dir():
            raise StorageFailed(
                f"{path} is a file; name a directory that can be written with --save-to."
            )
        with tempfile.TemporaryFile(dir=there):
            pass
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise StorageFailed(
            f"{path} cannot be written: {error.strerror or error}; name another directory with "
            "--save-to, or permit writing."
        ) from error
    if path.exists():
        require_free(path)
    text = f"{path}, {'there' if path.exists() else 'not yet there'}, {free >> 20} MiB free"
    if free < LITTLE_SPACE:
        return warning(text, "make room: a full disk stops a run, which can be continued.")
    return Found(text)
