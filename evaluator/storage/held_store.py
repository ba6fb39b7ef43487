"""A store in which nothing is changed without the right to."""

from collections.abc import Callable
from pathlib import Path

from evaluator.storage.store import Store


class HeldStore(Store):
    """A store that checks before each object whether its holder may still change it.

    Args:
        url: The URL, without a `/` at its end.
        require_held: Raises where somebody else holds the URL.

    Raises:
        ConfigError: The kind of store is unknown, or what reads it is not installed.
    """

    def __init__(self, url: str, require_held: Callable[[], None]) -> None:
        super().__init__(url)
        self._require_held = require_held

    def put(self, name: str, source: Path) -> None:
        """Copy a file into an object, see `Store.put`."""
        self._require_held()
        super().put(name, source)

    def write(self, name: str, content: bytes) -> None:
        """Make or replace an object, see `Store.write`."""
        self._require_held()
        super().write(name, content)

    def delete_one(self, name: str) -> None:
        """Delete an object, see `Store.delete_one`."""
        self._require_held()
        super().delete_one(name)
