"""The key that a judge's server asks for: where it is found, and how it stays untold."""

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache

from evaluator.errors import ConfigError

BEARER = "Bearer "
HIDDEN = b"[key]"
LEAST_SECRET = 8
"""Characters of a key that cannot stand in an answer by chance, as the placeholders `x`, `ollama`
and `EMPTY` do, which people give to servers that ask for any key."""


def key_of(names: Sequence[str], environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the first key that variables of the environment hold, or None.

    Raises:
        ConfigError: It holds what no key can.
    """
    for name in names:
        key = environment.get(name, "").strip()  # secrets often end with a newline
        if key and not (key.isascii() and key.isprintable()):
            raise ConfigError(f"{name} holds characters that no key has.")
        if key:
            return key
    return None


class Echo:
    """A key as a server may say it back: as it is, or in any of the escapes that JSON has.

    Args:
        authorization: The header with the key, as it is sent; empty without one.
    """

    def __init__(self, authorization: str) -> None:
        self.key = authorization.removeprefix(BEARER)

    def hidden(self, said: bytes, *, succeeded: bool = False) -> bytes:
        """Return what a server says, without the key.

        Args:
            said: Its words.
            succeeded: Whether they are an answer that is used and not only quoted. In such a one a
                key that is no longer than a placeholder is hidden after `Bearer` alone.
        """
        if not self.key:
            return said
        by_chance = succeeded and len(self.key) < LEAST_SECRET
        return _written(self.key, b"(?<=Bearer )" if by_chance else b"").sub(HIDDEN, said)

    def hidden_text(self, said: str) -> str:
        """Return the text of an error, without the key."""
        return self.hidden(said.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


@cache
def _written(key: str, before: bytes) -> re.Pattern[bytes]:
    return re.compile(before + b"".join(map(_character, key)))


def _character(character: str) -> bytes:
    r"""Return what matches a character, also as `\/` and as `\u002f`."""
    plain = rb"\\?" + re.escape(character.encode())
    # After a backslash letters and digits mean something else.
    if character.isalnum():
        plain = character.encode()
    return rb"(?:%b|\\u(?i:%04x))" % (plain, ord(character))
