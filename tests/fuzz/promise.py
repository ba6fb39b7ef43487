"""What every reader promises of any input: a value, or one bounded sentence of an own error."""

import copy
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluator.errors import LONGEST_MESSAGE, EvaluatorError

Target = Callable[[bytes, Path], None]
"""Reads an input, with an empty folder to write it into."""

Place = tuple[str | int, ...]
"""The keys and positions that lead to a part of a document."""

DAMAGE = "where the damage is"


class Broken(Exception):
    """A reader broke its promise without raising anything."""


def ends(target: Target, data: bytes) -> EvaluatorError | None:
    """Give an input to a target and return the error that it ended in, None for a value.

    Raises:
        Exception: Whatever else it ended in, which is a defect.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            target(data, Path(folder))
        except EvaluatorError as error:
            said = str(error)
            if not said.strip() or "\n" in said or len(said) > LONGEST_MESSAGE:
                raise Broken(f"not one bounded sentence: {said[:300]!r}") from error
            return error
    return None


def split(data: bytes, ways: int) -> tuple[int, bytes]:
    """Return a choice that the first byte makes, and the rest."""
    return (data[0] % ways if data else 0), data[1:]


def written(folder: Path, name: str, content: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path


@contextmanager
def environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Have variables of the environment while the context lasts; None for one that is missing."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def places(document: Any, here: Place = ()) -> Iterator[Place]:
    """Yield the place of every part of a document, the whole first."""
    yield here
    parts: Any = ()
    if isinstance(document, dict):
        parts = document.items()
    elif isinstance(document, list):
        parts = enumerate(document)
    for step, part in parts:
        yield from places(part, (*here, step))


def damaged(document: Any, data: bytes) -> bytes:
    """Return a document as JSON, but for one part, which the first two bytes choose.

    There stands the rest of the input: as it is, or as a text.
    """
    known = list(places(document))
    number, content = int.from_bytes(data[:2]), data[2:]
    way, place = divmod(number, len(known))
    if way % 4 == 1:
        content = json.dumps(content.decode("utf-8", "replace")).encode()
    changed = {"": copy.deepcopy(document)}
    *steps, last = ("", *known[place])
    holder: Any = changed
    for step in steps:
        holder = holder[step]
    holder[last] = DAMAGE
    return json.dumps(changed[""]).encode().replace(json.dumps(DAMAGE).encode(), content)
