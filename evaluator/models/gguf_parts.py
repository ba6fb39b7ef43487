"""The files of a GGUF model, which may be split."""

import re
from pathlib import Path

from evaluator.errors import ModelUnusable
from evaluator.models.directory import ModelDirectory

SPLIT = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf\Z")
MOST_PARTS = 1024


def is_part(path: Path) -> bool:
    """Return whether a file is, by its name, one of the parts of a model."""
    return SPLIT.match(path.name) is not None


def gguf_parts(path: Path) -> list[Path]:
    """Return all parts of a model that may be split over files, in order.

    Args:
        path: Any of them.

    Raises:
        ModelUnusable: One is missing, or leads out of its directory.
    """
    split = SPLIT.match(path.name)
    count = 0 if split is None else int(split["count"])
    if split is None or count == 0:
        return [path]
    names = [
        f"{split['stem']}-{number:05d}-of-{count:05d}.gguf"
        for number in range(1, min(count, MOST_PARTS) + 1)
    ]
    folder = ModelDirectory(path.parent)
    parts = [folder.file(name) for name in names]
    if None in parts:
        missing = names[parts.index(None)]
        raise ModelUnusable(f"{path} is one of {count} parts, and {missing} is missing.")
    return [one for one in parts if one is not None]
