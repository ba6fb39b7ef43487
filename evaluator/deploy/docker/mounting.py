"""What of this machine a run needs to see, at the same paths in its container as outside of it.

With equal paths every message, every recorded setting and the command that continues the run mean
the same on both sides.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.deploy.flags import flags_of
from evaluator.errors import ConfigError
from evaluator.run.settings import RunSettings
from evaluator.storage.location import url_of

NAMES_OR_PATHS = ("base_model", "rubric", "calibration")
"""Settings that name something built in or on a hub, or else a file."""

KEPT = ("models--", "datasets--")
"""How the folders of the hub's cache begin; each has its files in `blobs`."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run as its container is started.

    Attributes:
        arguments: What follows `evaluator` on its command line.
        read: Paths that it reads, those that are there; of the others the run itself says so.
        written: Folders that it writes.
    """

    arguments: tuple[str, ...]
    read: tuple[Path, ...]
    written: tuple[Path, ...]


def job_for(settings: RunSettings, cache: Path) -> Job:
    """Return the run that settings describe, for a container that reaches this machine's paths.

    Args:
        settings: The settings, checked.
        cache: The folder that keeps what can be made again.

    Raises:
        ConfigError: A folder that is read holds a link to what is none of its business.
    """
    there = settings.model_copy(update=_absolute(settings))
    read = [path for name, path in _paths(there) if name != "save_to" and path.exists()]
    linked = [target for path in read for target in _link_targets(path)]
    kept = [there.save_to] if url_of(there.save_to) is None else []
    return Job(
        arguments=("run", *_flags(there)),
        read=tuple(dict.fromkeys([*read, *linked])),
        written=(*kept, cache.absolute()),
    )


def _absolute(settings: RunSettings) -> dict[str, Any]:
    """Return the settings that hold paths, with the paths absolute."""
    found: dict[str, Any] = {
        name: value.absolute() for name, value in settings if isinstance(value, Path)
    }
    for name in NAMES_OR_PATHS:
        value = getattr(settings, name)
        if value is not None and Path(value).exists():
            found[name] = str(Path(value).absolute())
    found["judge"] = tuple(_with_absolute_file(spec) for spec in settings.judge)
    return found


def _with_absolute_file(spec: str) -> str:
    """Return a judge's name, with the path of its model file absolute if it has one."""
    gguf = _judge_file(spec)
    return spec if gguf is None else spec.replace(str(gguf), str(gguf.absolute()), 1)


def _judge_file(spec: str) -> Path | None:
    """Return the model file that a judge's name holds, as it is written there."""
    kind, _, rest = spec.partition("#")[0].partition(":")
    return Path(rest) if kind in {"embedded", "embedding"} and rest else None


def _paths(settings: RunSettings) -> Iterator[tuple[str, Path]]:
    """Yield the paths in settings that are absolute, by the setting's name."""
    for name, value in settings:
        if isinstance(value, Path):
            if url_of(value) is None:  # which the container reads for itself
                yield name, value
        elif name in NAMES_OR_PATHS and value is not None and Path(value).is_absolute():
            yield name, Path(value)
    for spec in settings.judge:
        file = _judge_file(spec)
        if file is not None:
            yield "judge", file


def _link_targets(path: Path) -> Iterator[Path]:
    """Yield the files of the hub's cache that links below a folder lead to.

    Raises:
        ConfigError: A link leads to anything else outside of the folder: who made the folder would
            choose what of this machine the container sees.
    """
    for folder, folders, files in os.walk(path):
        for name in [*folders, *files]:
            link = Path(folder, name)
            if link.is_symlink() and link.exists():
                target = Path(os.path.normpath(Path(folder, link.readlink())))
                if target.is_relative_to(path):
                    continue
                if not _is_of_a_hub_cache(target):
                    raise ConfigError(
                        f"{link} is a link that leads out of its folder, to {target}, which the "
                        "container is not shown: put the file itself there if you trust it."
                    )
                yield target


def _is_of_a_hub_cache(target: Path) -> bool:
    """Whether a path is that of a file which the hub's client keeps."""
    blobs = target.resolve().parent
    return (
        target.is_file()
        and not target.is_symlink()
        and blobs.name == "blobs"
        and blobs.parent.name.startswith(KEPT)
    )


def _flags(settings: RunSettings) -> Iterator[str]:
    """Yield the flags that say what settings say beyond their defaults."""
    for name, field in RunSettings.model_fields.items():
        value = getattr(settings, name)
        if value is not None and value != field.default:
            yield from flags_of(name, value)
