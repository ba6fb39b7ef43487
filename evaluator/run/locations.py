"""Settings that name a file or folder by its path or URL."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from evaluator.storage.location import is_url, located, named, naming


def _located(value: object) -> object:
    """Return a text's path; an error goes past pydantic, which would repeat a key in the text."""
    return located(value) if isinstance(value, str) else value


def _checked(value: str) -> str:
    """Return a name or path as it is, where it is no URL that is refused."""
    if is_url(value):
        _located(value)
    return value


def _written(value: Path | None) -> str | None:
    return None if value is None else named(value)


Location = Annotated[Path, BeforeValidator(_located), PlainSerializer(named, str, when_used="json")]
"""A path, or what stands for a URL here; as JSON it is what the user wrote."""

OptionalLocation = Annotated[
    Path | None, BeforeValidator(_located), PlainSerializer(_written, str | None, when_used="json")
]
"""A location, or nothing."""

NameOrLocation = Annotated[
    str, BeforeValidator(_checked), PlainSerializer(naming, str, when_used="json")
]
"""Something built in or on a hub by its name, or else a file by its path or URL."""
