"""What the server sends back, before it is written to the connection."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

Document = dict[str, Any]


class Refused(Exception):
    """A request that is answered with an error.

    Args:
        status: The HTTP status.
        error: The text of the error.
    """

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        documents: The JSON objects of the body; only a stream has more than one.
        stream: Whether they go out as NDJSON, one chunk each.
        raw: Bytes to send instead of the documents.
        content_type: Of `raw`.
        headers: Further headers.
        delay: Seconds before the first byte.
        piece: Bytes sent at a time; None sends all that there is.
        pause: Seconds between pieces.
        cut: Bytes of the body after which the connection is reset; 0 resets it before the status
            line, None never.
        padding: Spaces sent after the body, as chunks of their own.
        wrong_length: Bytes that the announced length is longer than the body, or shorter.
    """

    status: int = 200
    documents: tuple[Document, ...] = ()
    stream: bool = False
    raw: bytes | None = None
    content_type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    piece: int | None = None
    pause: float = 0.0
    cut: int | None = None
    padding: int = 0
    wrong_length: int = 0

    @property
    def chunks(self) -> tuple[bytes, ...]:
        """The body: a stream's lines, or all of it."""
        if self.raw is not None:
            return (self.raw,)
        bodies = (
            json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            for document in self.documents
        )
        return tuple(body + b"\n" for body in bodies) if self.stream else tuple(bodies)

    @property
    def media_type(self) -> str:
        """The body's type."""
        if self.raw is not None:
            return self.content_type
        return "application/x-ndjson" if self.stream else "application/json; charset=utf-8"

    def altered(self, alter: Callable[[Document], Document]) -> "Reply":
        """Return the reply with every document changed."""
        return replace(self, documents=tuple(alter(document) for document in self.documents))

    def rewritten(self, rewrite: Callable[[bytes], bytes]) -> "Reply":
        """Return the reply with its whole body changed, no longer a stream of chunks."""
        raw = rewrite(b"".join(self.chunks))
        return replace(self, raw=raw, content_type=self.media_type, stream=False)


def one(document: Document) -> Reply:
    """Return a reply of one JSON object."""
    return Reply(documents=(document,))


def refusal(status: int, error: str) -> Reply:
    """Return an error as Ollama words one."""
    return Reply(status=status, documents=({"error": error},))
