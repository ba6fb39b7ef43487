"""The files that were uploaded to the server, by digest."""

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .reply import Refused, Reply, refusal

PREFIX = "/api/blobs/"
DIGEST = re.compile(r"sha256[:-][0-9a-f]{64}\Z")
CHUNK = 1 << 16
BEGINNING = 1 << 20

Read = Callable[[int], bytes]
"""Returns so many bytes of a request's body, or fewer at its end."""


@dataclass(frozen=True, slots=True)
class Blob:
    """An uploaded file.

    Attributes:
        digest: Its digest, with `sha256:`.
        size: Its bytes.
        beginning: The first of them, at most a MiB.
    """

    digest: str
    size: int
    beginning: bytes


class Blobs:
    """The server's files; their content is hashed and not kept."""

    def __init__(self) -> None:
        self._known: dict[str, Blob] = {}
        self._lock = threading.Lock()

    @property
    def all(self) -> dict[str, Blob]:
        """Every file by its digest."""
        with self._lock:
            return dict(self._known)

    def find(self, digest: str) -> Blob:
        """Return a file.

        Raises:
            Refused: There is none of that digest, or it is no digest.
        """
        if not DIGEST.match(digest):
            raise Refused(400, "invalid digest format")
        with self._lock:
            blob = self._known.get(digest.replace("-", ":", 1))
        if blob is None:
            raise Refused(404, f'blob "{digest}" not found')
        return blob

    def head(self, digest: str) -> Reply:
        """Answer whether a file is there."""
        self.find(digest)
        return Reply(raw=b"")

    def put(self, digest: str, blob: Blob) -> Reply:
        """Take a file, if it is what its name says."""
        if not DIGEST.match(digest):
            return refusal(400, "invalid digest format")
        if blob.digest != digest:
            return refusal(400, f'digest mismatch, expected "{digest}", got "{blob.digest}"')
        with self._lock:
            known = digest in self._known
            self._known[digest] = blob
        return Reply(status=200 if known else 201, raw=b"")


def received(read: Read, length: int) -> Blob:
    """Return what a request's body is, read in pieces."""
    digest, beginning, left = hashlib.sha256(), b"", length
    while left:
        piece = read(min(CHUNK, left))
        if not piece:
            raise ConnectionError("the client went away")
        digest.update(piece)
        beginning += piece[: BEGINNING - len(beginning)]
        left -= len(piece)
    return Blob(f"sha256:{digest.hexdigest()}", length, beginning)
