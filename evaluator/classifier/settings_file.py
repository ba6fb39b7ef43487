"""The JSON files that say what a model is, read only where they are files of a sensible size."""

import json
from pathlib import Path
from typing import Any

from evaluator.errors import ModelUnusable

LONGEST = 16 << 20
"""Bytes; the list of a checkpoint's 50,000 tensors has 5 MB."""


class NoSettings(Exception):
    """A file that cannot be read, or that holds no JSON object."""


def settings_in(path: Path) -> dict[str, Any]:
    """Return what a JSON file says.

    Raises:
        NoSettings: It is no plain file, too long, or no JSON object.
    """
    try:
        if path.exists() and not path.is_file():
            raise NoSettings("it is no plain file")
        with path.open("rb") as content:
            read = content.read(LONGEST + 1)
        if len(read) > LONGEST:
            raise NoSettings(f"it is longer than {LONGEST >> 20} MiB")
        settings = json.loads(read)
    except OSError as error:
        raise NoSettings(error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise NoSettings(f"it is no JSON ({' '.join(str(error).split())})") from error
    if not isinstance(settings, dict):
        raise NoSettings("it holds no JSON object")
    return settings


def model_settings(path: Path) -> dict[str, Any]:
    """Return what a model's JSON file says.

    Raises:
        ModelUnusable: As `NoSettings`, in a sentence.
    """
    try:
        return settings_in(path)
    except NoSettings as error:
        raise ModelUnusable(f"{path} cannot be read: {error}.") from error
