"""Settings from a configuration file and from flags, flags winning."""

import difflib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from evaluator.documents import NotADocument, parse_document, shown
from evaluator.errors import ConfigError
from evaluator.run.settings import Settings
from evaluator.storage.copies import fetched

logger = logging.getLogger(__name__)

AnySettings = TypeVar("AnySettings", bound=Settings)

OTHER_NAMES = {"model": "model_path"}
RIVALS = {
    "data": {"dataset", "keep_headers"},
    "dataset": {"data"},
    "judge": {"judge_model", "judge_url"},
}
"""What a file says that a flag, by winning, makes void."""

FLAGS_ONLY = {"fresh"}
MISSPELLINGS = {"num_sample": "num_samples"}


def settings_from(
    kind: type[AnySettings], config_file: Path | None, flags: Mapping[str, Any]
) -> AnySettings:
    """Return checked settings; a flag that is None was not given.

    Raises:
        ConfigError: The file cannot be read, a key is unknown, or a value is out of range.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    values = read_config(config_file, kind) if config_file else {}
    for flag, rivals in RIVALS.items():
        if flag in given:
            values = {name: value for name, value in values.items() if name not in rivals}
    values.update(given)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explained(error)) from error


def read_config(path: Path, kind: type[Settings]) -> dict[str, Any]:
    """Return a JSON or YAML file's settings under their full names.

    Raises:
        ConfigError: The file cannot be read, is no mapping, or has an unknown key.
    """
    content = _parse(path)
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold settings as key: value pairs.")
    values: dict[str, Any] = {}
    for written, value in content.items():
        key = str(written).replace("-", "_")
        if key in MISSPELLINGS:
            logger.warning("%s: '%s' is read as '%s'", path, key, MISSPELLINGS[key])
            key = MISSPELLINGS[key]
        key = OTHER_NAMES.get(key, key)
        if key not in kind.model_fields or key in FLAGS_ONLY:
            raise ConfigError(f"{path} has the unknown key '{written}'; {_nearest(key, kind)}.")
        if key in values:
            raise ConfigError(f"{path} gives '{key}' twice.")
        values[key] = value
    return values


def _parse(path: Path) -> Any:
    path = fetched(path, ConfigError)
    try:
        return parse_document(path, path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason}.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except NotADocument as error:
        raise ConfigError(str(error)) from error


def _nearest(key: str, kind: type[Settings]) -> str:
    known = sorted(kind.model_fields)
    nearest = difflib.get_close_matches(key, [*known, *OTHER_NAMES], n=1, cutoff=0.5)
    return f"did you mean '{nearest[0]}'" if nearest else f"the keys are {', '.join(known)}"


def explained(error: ValidationError) -> str:
    """Return what is wrong with a setting, in a sentence that names its flag."""
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{message}."
    flag = "--" + str(first["loc"][0]).replace("_", "-")
    if first["type"] == "missing":
        return f"{flag} is required."
    return f"{flag} cannot be {shown(first['input'])}: {message}."
