"""Rubrics as YAML: those that ship with the package, and a user's own, by path."""

import difflib
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evaluator.documents import NotADocument, line_of, parse_document, shown
from evaluator.errors import ConfigError
from evaluator.judge.rubric import Rubric
from evaluator.paths import at_home

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_BUILT_IN = files("evaluator.judge") / "rubrics"


def load_rubric(name_or_path: str) -> Rubric:
    """Return a rubric.

    Args:
        name_or_path: The name of a built-in rubric, or the path of a file, known as such by a
            separator in it or its suffix.

    Raises:
        ConfigError: There is none of that name, or the file cannot be used.
    """
    path, content = _source(name_or_path)
    try:
        return Rubric.model_validate(parse_document(path, content, booleans=False))
    except NotADocument as error:
        raise ConfigError(str(error)) from error
    except ValidationError as error:
        raise ConfigError(_explain(path, content, error)) from error


def rubric_text(name_or_path: str) -> str:
    """Return a rubric's file as it is written, comments and all.

    Raises:
        ConfigError: There is no such rubric, or its file cannot be read.
    """
    return _source(name_or_path)[1]


def rubric_names() -> list[str]:
    """Return the names of the built-in rubrics."""
    return sorted(item.name.removesuffix(".yaml") for item in _BUILT_IN.iterdir())


def _source(name_or_path: str) -> tuple[Path, str]:
    """Return what messages call a rubric's file, and its text."""
    path = at_home(Path(name_or_path))
    if path.suffix.lower() in SUFFIXES or any(mark in name_or_path for mark in _SEPARATORS):
        return path, _read(path)
    names = rubric_names()
    if name_or_path not in names:
        raise ConfigError(
            f"there is no rubric '{name_or_path}'; there is: {', '.join(names)}, and any file of "
            "yours by its path (NAME.yaml)."
        )
    return Path(name_or_path), (_BUILT_IN / f"{name_or_path}.yaml").read_text("utf-8")


_SEPARATORS = tuple(filter(None, ("/", os.sep, os.altsep)))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"the rubric {path} is not UTF-8: {error.reason}.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"the rubric {path} cannot be read: {reason}.") from error


def _explain(path: Path, content: str, error: ValidationError) -> str:
    """Return one sentence on the first thing that is wrong, with its line.

    A misspelt key is unknown and leaves another one missing; the first says more.
    """
    errors = error.errors()
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place = first["loc"]
    return f"{path}, line {line_of(content, place)}: {_fault(first, place)}."


def _fault(error: ErrorDetails, place: Sequence[str | int]) -> str:
    if not place and error["type"] in {"model_type", "model_attributes_type"}:
        return "a rubric is written as key: value pairs"
    if error["type"] == "missing":
        return f"{_holder(place)} lacks '{place[-1]}'"
    if error["type"] == "extra_forbidden":
        return f"{_holder(place)} has the unknown key {place[-1]!r}; {_nearest(place)}"
    message = error["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if error["type"] == "value_error":
        return f"{_named(place)}: {message}" if place else message
    return f"{_named(place)} cannot be {shown(error['input'])}: {message}"


def _named(place: Sequence[str | int]) -> str:
    return ".".join(map(str, place))


def _holder(place: Sequence[str | int]) -> str:
    return _named(place[:-1]) or "the rubric"


def _nearest(place: Sequence[str | int]) -> str:
    known = sorted(_keys_at(Rubric, place[:-1]))
    nearest = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    return f"did you mean '{nearest[0]}'" if nearest else f"its keys are {', '.join(known)}"


def _keys_at(kind: Any, place: Sequence[str | int]) -> list[str]:
    """Return the keys that the part of a rubric at a place can have."""
    for step in place:
        kind = kind.model_fields[step].annotation if isinstance(step, str) else get_args(kind)[0]
        if isinstance(kind, UnionType):  # a part that may be left out
            kind = get_args(kind)[0]
    return list(kind.model_fields)
