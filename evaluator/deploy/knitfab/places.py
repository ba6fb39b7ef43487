"""Where the files that a run reads are in the container: in which input, under which name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evaluator.backends.naming import JudgeSpec
from evaluator.errors import ConfigError
from evaluator.run.settings import RunSettings

CONFIGS = PurePosixPath("/configs")
MODEL = PurePosixPath("/in/model")
BASE = PurePosixPath("/in/base")
DATA = PurePosixPath("/in/data")
JUDGE = PurePosixPath("/in/judge")

TYPES = {
    CONFIGS: "evaluation-config",
    MODEL: "model",
    BASE: "base-model",
    DATA: "dataset",
    JUDGE: "judge-model",
}
"""What the data of each input is called: its tag `type:…`.

The settings are not `config`, which a plan that trains may look for: a changed threshold would
train the model again.
"""

SMALL_FILES = ("labels", "matrix", "overrides", "rubric", "calibration", "ca_file")
"""Settings that may name a file, which travels with the settings file."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder in the container.

    Attributes:
        mount: The input that holds it.
        path: Where it is.
    """

    mount: PurePosixPath
    path: PurePosixPath


def placed(
    settings: RunSettings,
    config_file: Path | None,
    model_folder: str | None,
    judges: tuple[JudgeSpec, ...],
) -> Mapping[str, tuple[Place, ...]]:
    """Return the places of all that a run reads, by the setting that names it.

    Args:
        settings: The settings.
        config_file: The file that they are in, if any.
        model_folder: Where in its data the model is; None where it is the data.
        judges: The judges, for their model files.

    Raises:
        ConfigError: Two files would have the same name.
    """
    found: dict[str, tuple[Place, ...]] = {
        name: (place,) for name, place in _single(settings, config_file, model_folder)
    }
    files = [spec.gguf for spec in judges if spec.backend in ("embedded", "embedding")]
    weights = tuple(_file_in(JUDGE, file) for file in files if file is not None)
    if weights:
        found["judge"] = weights
    names = [place.path for name, places in found.items() if name != "judge" for place in places]
    for path in names:
        if names.count(path) > 1:
            raise ConfigError(
                f"two files would be {path} in the container: give each a name of its own."
            )
    return found


def _single(
    settings: RunSettings, config_file: Path | None, model_folder: str | None
) -> Iterator[tuple[str, Place]]:
    if config_file is not None:
        yield "config_file", _file_in(CONFIGS, config_file)
    for name in SMALL_FILES:
        value = getattr(settings, name)
        if value is not None and (isinstance(value, Path) or Path(value).is_file()):
            yield name, _file_in(CONFIGS, Path(value))
    yield "model_path", Place(MODEL, MODEL / _below(model_folder) if model_folder else MODEL)
    if settings.base_model is not None and Path(settings.base_model).is_dir():
        yield "base_model", Place(BASE, BASE)
    if settings.data is not None:
        data = settings.data
        yield "data", Place(DATA, DATA) if data.is_dir() else _file_in(DATA, data)


def _below(folder: str) -> PurePosixPath:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts:
        raise ConfigError(f"--model-folder is a folder in the model's data, not '{folder}'.")
    return path


def _file_in(mount: PurePosixPath, file: Path) -> Place:
    return Place(mount, mount / file.name)
