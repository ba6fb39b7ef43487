"""What a file holds, in one short text."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from evaluator.errors import DataUnusable

KEY_BYTES = 16


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
