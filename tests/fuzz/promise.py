"""What every reader promises of any input: a value, or one bounded sentence of an own error."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from evaluator.errors import LONGEST_MESSAGE, EvaluatorError

Target = Callable[[bytes, Path], None]
"""Reads an input, with an empty folder to write it into."""


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
