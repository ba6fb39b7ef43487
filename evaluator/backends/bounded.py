"""Answers that fit into memory and end in time, whatever a server or a proxy before it sends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from evaluator.backends.keys import Echo

LARGEST_ANSWER = 8 << 20
STREAMS_OF_LINES = ("/api/pull", "/api/create")
"""Requests whose answers go on for as long as a download or a conversion: bounded by line."""


class AnswerTooLarge(httpx.TransportError):
    """An answer, or one line of a stream, is longer than any that a judge gives."""


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Sends requests and stops reading an answer that is too large or takes too long.

    A compressed answer is refused: a few of its bytes can stand for any number, and none was asked
    for. The time that a request may wait for a piece of its answer is the time for all of it, and
    in a stream of lines for each line. The key that was sent is hidden wherever the answer, or an
    error that quotes it, has it.

    Args:
        address: The IP address to connect to, whatever name the URL has. The server is still called
            by that name, also where its certificate is checked.
        settings: Those of `httpx.AsyncHTTPTransport`.
    """

    def __init__(self, address: str | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self._address = address

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, whose body is bounded while it is read.

        Raises:
            AnswerTooLarge: The answer announces more than `LARGEST_ANSWER` bytes.
            httpx.DecodingError: It is compressed.
            httpx.ReadTimeout: It does not begin in time.
        """
        echo = Echo(request.headers.get("authorization", ""))
        limit = _Limit(request)
        # What is sent piece by piece is a file, which takes as long as it is large.
        is_upload = not isinstance(request.stream, httpx.ByteStream)
        with _plain_errors(echo):
            async with asyncio.timeout(None if is_upload else limit.seconds):
                response = await super().handle_async_request(self._addressed(request))
        succeeded = response.status_code == httpx.codes.OK
        by_line = succeeded and request.url.path.endswith(STREAMS_OF_LINES)
        if is_upload or by_line:
            limit.extend()
        try:
            _refuse_compression(response)
            if not by_line:
                _refuse_announced(response)
        except httpx.RequestError:
            await response.aclose()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        reason = response.extensions.get("reason_phrase", b"")
        return httpx.Response(
            response.status_code,
            headers=_plain(response.headers, echo),
            stream=_BoundedStream(response.stream, limit, echo, by_line=by_line, ok=succeeded),
            extensions={**response.extensions, "reason_phrase": echo.hidden(reason)},
        )

    def _addressed(self, request: httpx.Request) -> httpx.Request:
        if self._address is None:
            return request
        return httpx.Request(
            request.method,
            request.url.copy_with(host=self._address),
            headers=request.headers,  # the name is in them
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )


class _Limit:
    """Until when an answer has to be there.

    Args:
        request: What is answered, with the seconds that it may wait.
    """

    def __init__(self, request: httpx.Request) -> None:
        self.seconds: float | None = request.extensions.get("timeout", {}).get("read")
        self.extend()

    def extend(self) -> None:
        """Let the time begin anew."""
        now = asyncio.get_running_loop().time()
        self.until = None if self.seconds is None else now + self.seconds


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        limit: _Limit,
        echo: Echo,
        *,
        by_line: bool,
        ok: bool,
    ) -> None:
        self._stream = stream
        self._limit = limit
        self._echo = echo
        self._by_line = by_line
        self._ok = ok

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give what comes, once it is whole: all of it, or line by line."""
        waiting = bytearray()
        async for chunk in self._in_time():
            waiting += chunk
            if len(waiting) > LARGEST_ANSWER:
                raise _too_large()
            if self._by_line and b"\n" in chunk:
                end = waiting.rindex(b"\n") + 1
                lines = bytes(waiting[:end])
                del waiting[:end]
                self._limit.extend()
                yield self._echo.hidden(lines, succeeded=self._ok)
        yield self._echo.hidden(bytes(waiting), succeeded=self._ok)

    async def _in_time(self) -> AsyncIterator[bytes]:
        pieces = aiter(self._stream)
        while True:
            with _plain_errors(self._echo):
                async with asyncio.timeout_at(self._limit.until):
                    piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def _plain_errors(echo: Echo) -> Iterator[None]:
    """Let no error tell the key, as those do that quote what cannot be read."""
    try:
        yield
    except TimeoutError:
        raise httpx.ReadTimeout("the answer did not come in time") from None
    except httpx.RequestError as error:
        said = str(error)
        plain = echo.hidden_text(said)
        if plain == said:
            raise
        raise type(error)(plain) from None


def _plain(headers: httpx.Headers, echo: Echo) -> httpx.Headers:
    """Return headers that tell no key, and name no character encoding.

    Of those Python has some that hang or fail. JSON is UTF-8, and what is not JSON is only quoted.
    """
    told = [(name, echo.hidden(value)) for name, value in headers.raw]
    return httpx.Headers(
        [
            (name, value.partition(b";")[0] if name.lower() == b"content-type" else value)
            for name, value in told
        ]
    )


def _refuse_compression(response: httpx.Response) -> None:
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise httpx.DecodingError("the answer is compressed, which was not asked for")


def _refuse_announced(response: httpx.Response) -> None:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST_ANSWER:
        raise _too_large()


def _too_large() -> AnswerTooLarge:
    return AnswerTooLarge(f"the answer is larger than {LARGEST_ANSWER >> 20} MiB")
