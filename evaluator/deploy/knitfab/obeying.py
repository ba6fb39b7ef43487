"""What a run does differently inside of Knitfab.

Nothing tells a process that it is in a Run of Knitfab: there is no variable, and its mounts are
folders as everywhere. So it is told, by `--knitfab` among the plan's arguments, and never guesses.
"""

import os
import tempfile
from pathlib import Path

READABLE_BY_ALL = 0o022
"""The umask that leaves files 0644 and folders 0755: Knitfab reads results as `nobody`."""

CACHES = {
    "EVALUATOR_CACHE": "evaluator",
    "HF_HOME": "huggingface",
    "SCIKIT_LEARN_DATA": "scikit_learn_data",
    "XDG_CACHE_HOME": "cache",
}
"""The variables that name a cache, and the folder that each gets among the temporary files."""


def obey() -> None:
    """Write files that all may read, and keep caches where any user may write.

    To be called before the libraries are imported that look for their caches then.
    """
    os.umask(READABLE_BY_ALL)
    for name, folder in CACHES.items():
        told = os.environ.get(name)
        if not told or not _is_of_use(Path(told)):
            os.environ[name] = str(Path(tempfile.gettempdir()) / folder)


def _is_of_use(cache: Path) -> bool:
    """Whether a cache can be written, or somebody filled it for reading."""
    try:
        return _is_writable(cache) or any(cache.iterdir())
    except OSError:
        return False


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which itself may have to be made."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
