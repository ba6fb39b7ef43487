"""What a file holds, in one short text."""

import hashlib
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from evaluator.errors import DataUnusable

KEY_BYTES = 16
BUFFER_BYTES = 1 << 17

Digested = Callable[[str], None]
"""Told the hexadecimal SHA-256 of a file that was read to its end."""


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file.

    Raises:
        DataUnusable: The file cannot be read.
    """
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise DataUnusable(f"{path} cannot be read: {error.strerror or error}.") from error


def opened_digesting(path: Path, digested: Digested) -> io.BufferedReader:
    """Open a file that is read from its beginning on, never moving in it.

    Args:
        path: The file.
        digested: Told its digest at its end.

    Raises:
        OSError: The file cannot be opened.
    """
    return io.BufferedReader(_DigestedFile(path.open("rb", buffering=0), digested), BUFFER_BYTES)


class _DigestedFile(io.RawIOBase):
    def __init__(self, file: io.FileIO, digested: Digested) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._digested = digested

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        count = self._file.readinto(buffer)
        if count:
            self._digest.update(memoryview(buffer)[:count])
        else:
            self._digested(self._digest.hexdigest())
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def text_sha256(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text's UTF-8 bytes (lone surrogates kept apart)."""
    return hashlib.sha256(_utf_8(text)).hexdigest()


def lines_sha256(lines: Iterable[str]) -> str:
    """Return `text_sha256` of lines joined by line breaks, holding one of them at a time."""
    digest = hashlib.sha256()
    for number, line in enumerate(lines):
        digest.update(_utf_8(f"\n{line}" if number else line))
    return digest.hexdigest()


def text_key(text: str) -> bytes:
    """Return the first 16 bytes of a text's SHA-256: enough to tell texts apart in memory."""
    return key_of(text_sha256(text))


def key_of(sha256: str) -> bytes:
    """Return the `text_key` of the text that has this hexadecimal SHA-256."""
    return bytes.fromhex(sha256)[:KEY_BYTES]


def _utf_8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
