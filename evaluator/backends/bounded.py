"""Answers that fit into memory, whatever a server or a proxy before it sends."""

from collections.abc import AsyncIterator
from typing import Any

import httpx

LARGEST_ANSWER = 8 << 20
STREAMS_OF_LINES = ("/api/pull", "/api/create")
"""Requests whose answers go on for as long as a download or a conversion: bounded by line."""


class AnswerTooLarge(httpx.TransportError):
    """An answer, or one line of a stream, is longer than any that a judge gives."""


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Sends requests and stops reading an answer that is too large.

    A compressed answer is refused: a few of its bytes can stand for any number, and none was asked
    for.

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
        """
        response = await super().handle_async_request(self._addressed(request))
        by_line = (
            request.url.path.endswith(STREAMS_OF_LINES) and response.status_code == httpx.codes.OK
        )
        try:
            _refuse_compression(response)
            if not by_line:
                _refuse_announced(response)
        except httpx.RequestError:
            await response.aclose()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        return httpx.Response(
            response.status_code,
            headers=_plain(response.headers),
            stream=_BoundedStream(response.stream, by_line=by_line),
            extensions=response.extensions,
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


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, *, by_line: bool) -> None:
        self._stream = stream
        self._by_line = by_line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > LARGEST_ANSWER:
                raise _too_large()
            if self._by_line and b"\n" in chunk:
                received = len(chunk) - chunk.rindex(b"\n") - 1
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _plain(headers: httpx.Headers) -> httpx.Headers:
    """Return headers that name no character encoding, of which Python has some that hang or fail.

    JSON is UTF-8, and what is not JSON is only quoted.
    """
    return httpx.Headers(
        [
            (name, value.partition(b";")[0] if name.lower() == b"content-type" else value)
            for name, value in headers.raw
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
