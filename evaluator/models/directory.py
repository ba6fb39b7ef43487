"""A model's directory, from which nothing outside of it is read."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from evaluator.errors import ModelUnusable

LONGEST_DOCUMENT = 128 << 20
"""Bytes; the tokenizer.json of a vocabulary of 262,144 words has 33 MB."""

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ModelDirectory:
    """A directory with a model's files.

    Attributes:
        path: Where it is.
    """

    path: Path

    def file(self, name: str) -> Path | None:
        """Return the path of a file, or None where there is none of that name.

        Raises:
            ModelUnusable: The name or a link leads out of the directory.
        """
        if Path(name).name != name or name == ".." or "\\" in name:
            raise ModelUnusable(
                f"{self.path} names the file {name[:80]!r}, which would not be inside of it; "
                "do not use a model whose files do that."
            )
        path = self.path / name
        if path.is_file() and not path.resolve().is_relative_to(self._home):
            raise ModelUnusable(
                f"{path} is a link that leads out of its directory; "
                "put the file itself there if you trust it."
            )
        return path if path.is_file() else None

    def files(self, pattern: str) -> list[Path]:
        """Return the files that fit a pattern, by name.

        Raises:
            ModelUnusable: One is a link that leads out of the directory.
        """
        names = sorted(path.name for path in self.path.glob(pattern))
        return [path for name in names if (path := self.file(name)) is not None]

    def content(self, name: str) -> Any:
        """Return what a JSON file says, or None where there is none of that name.

        Raises:
            ModelUnusable: It cannot be read, is no JSON, or leads out of the directory.
        """
        path = self.file(name)
        if path is None:
            return None
        try:
            if path.stat().st_size > LONGEST_DOCUMENT:
                raise ModelUnusable(
                    f"{path} is too large to be what its name says; fetch it again."
                )
            return json.loads(path.read_bytes())
        except OSError as error:
            raise ModelUnusable(f"{path} cannot be read: {error.strerror or error}.") from error
        except (ValueError, RecursionError) as error:
            raise ModelUnusable(f"{path} is not JSON; fetch it again.") from error

    def document(self, name: str, kind: type[Document]) -> Document | None:
        """Return a JSON file as a document, or None where there is none of that name.

        Raises:
            ModelUnusable: It cannot be read, or says something that cannot be.
        """
        content = self.content(name)
        if content is None:
            return None
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "its content"
            raise ModelUnusable(
                f"{self.path / name} cannot be used: {place}: {first['msg'].rstrip('.')}."
            ) from error

    @property
    def _home(self) -> Path:
        """Return what links may lead into: the cache of the hub links to its blobs."""
        home = self.path.resolve()
        return home.parent.parent if home.parent.name == "snapshots" else home
