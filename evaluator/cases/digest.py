"""What a file holds, in one short text."""

import hashlib
from pathlib import Path

from evaluator.errors import DataUnusable


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
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
