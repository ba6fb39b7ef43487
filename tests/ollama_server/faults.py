"""Ways to misbehave, each for some of the requests."""

import gzip
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from .reply import Reply, refusal

ANSWERS = ("/api/chat", "/api/generate")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault.

    Attributes:
        paths: The routes it strikes.
        after: Requests that go well before it.
        times: Requests that it strikes then; None strikes all.
        counting: The routes whose requests `after` and `times` count; None means `paths`.
    """

    paths: tuple[str, ...] = ANSWERS
    after: int = 0
    times: int | None = None
    counting: tuple[str, ...] | None = None
    replaces: ClassVar[bool] = True
    """Whether the answer is not even computed."""

    def apply(self, reply: Reply) -> Reply:
        """Return the answer that goes out instead."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Reset(Fault):
    """The connection is reset, before the answer or after some bytes of its body."""

    after_bytes: int = 0
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Cut the answer."""
        return replace(reply, cut=self.after_bytes)


@dataclass(frozen=True, kw_only=True)
class Hang(Fault):
    """Nothing comes for a while, then the answer."""

    seconds: float
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Delay the answer."""
        return replace(reply, delay=self.seconds)


@dataclass(frozen=True, kw_only=True)
class Drip(Fault):
    """The body comes a few bytes at a time."""

    pause: float
    piece: int = 16
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Slow the answer."""
        return replace(reply, pause=self.pause, piece=self.piece)


@dataclass(frozen=True, kw_only=True)
class Status(Fault):
    """An error status such as 429, 500 or 503."""

    code: int
    error: str = "server busy, please try again.  maximum pending requests exceeded"
    headers: tuple[tuple[str, str], ...] = ()

    def apply(self, reply: Reply) -> Reply:
        """Answer with the error."""
        return replace(refusal(self.code, self.error), headers=self.headers)


@dataclass(frozen=True, kw_only=True)
class HtmlPage(Fault):
    """A page from a proxy in between, with status 200 or another."""

    code: int = 200

    def apply(self, reply: Reply) -> Reply:
        """Answer with the page."""
        page = b"<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>"
        return Reply(status=self.code, raw=page, content_type="text/html")


@dataclass(frozen=True, kw_only=True)
class Redirect(Fault):
    """The client is sent elsewhere, with method and body kept."""

    location: str

    def apply(self, reply: Reply) -> Reply:
        """Answer with the other address."""
        return Reply(status=307, raw=b"", headers=(("Location", self.location),))


@dataclass(frozen=True, kw_only=True)
class CutUpload(Fault):
    """The connection is reset after some bytes of an uploaded file."""

    paths: tuple[str, ...] = ("upload",)
    after_bytes: int = 0

    def apply(self, reply: Reply) -> Reply:
        """Leave the answer, which is never reached."""
        return reply


@dataclass(frozen=True, kw_only=True)
class ErrorInStream(Fault):
    """An error within a stream that began well."""

    paths: tuple[str, ...] = ("/api/create",)
    error: str
    after_lines: int = 1
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """End the stream with the error."""
        return replace(
            reply, documents=(*reply.documents[: self.after_lines], {"error": self.error})
        )


@dataclass(frozen=True, kw_only=True)
class TruncatedJson(Fault):
    """A whole HTTP answer whose JSON ends half-way."""

    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Drop the second half."""
        return reply.rewritten(lambda body: body[: len(body) // 2])


@dataclass(frozen=True, kw_only=True)
class InvalidUtf8(Fault):
    """A byte that UTF-8 has no place for, inside the first text of the JSON."""

    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Put the byte in."""
        return reply.rewritten(lambda body: body.replace(b':"', b':"\xff', 1))


@dataclass(frozen=True, kw_only=True)
class HugeBody(Fault):
    """A valid answer with a member of many bytes that nobody asked for."""

    size: int = 10_000_000
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Add the member."""
        return reply.altered(lambda document: {**document, "padding": "x" * self.size})


@dataclass(frozen=True, kw_only=True)
class Flood(Fault):
    """A valid answer, and after it spaces without end, of no announced length."""

    size: int = 10_000_000
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Add the spaces."""
        return replace(reply, padding=self.size)


@dataclass(frozen=True, kw_only=True)
class Bomb(Fault):
    """A few compressed bytes that stand for many spaces and the answer after them."""

    size: int = 10_000_000
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Compress the answer."""
        content = gzip.compress(b" " * self.size + b"".join(reply.chunks))
        gzipped = ("Content-Encoding", "gzip")
        return replace(reply, raw=content, content_type=reply.media_type, headers=(gzipped,))


@dataclass(frozen=True, kw_only=True)
class Body(Fault):
    """Status 200, and these bytes instead of an answer."""

    raw: bytes = b""

    def apply(self, reply: Reply) -> Reply:
        """Answer with the bytes."""
        return Reply(raw=self.raw, content_type="application/json")


@dataclass(frozen=True, kw_only=True)
class WrongLength(Fault):
    """More bytes are announced than come before the connection is closed, or fewer."""

    by: int
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Announce them."""
        return replace(reply, wrong_length=self.by)


@dataclass(frozen=True, kw_only=True)
class CalledHtml(Fault):
    """The answer is said to be a web page."""

    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Change its type."""
        return replace(reply, raw=b"".join(reply.chunks), content_type="text/html; charset=utf-8")


class FaultPlan:
    """Which faults strike which request.

    Args:
        faults: The faults.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = list(faults)
        self._seen = [0] * len(self._faults)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault, which counts requests from now on."""
        with self._lock:
            self._faults.append(fault)
            self._seen.append(0)

    def clear(self) -> None:
        """Drop all faults."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()

    def strike(self, path: str) -> list[Fault]:
        """Count a request and return the faults that it meets."""
        struck = []
        with self._lock:
            for index, fault in enumerate(self._faults):
                turn = self._seen[index] - fault.after
                due = turn >= 0 and (fault.times is None or turn < fault.times)
                if due and path in fault.paths:
                    struck.append(fault)
                if path in (fault.counting or fault.paths):
                    self._seen[index] += 1
        return struck
