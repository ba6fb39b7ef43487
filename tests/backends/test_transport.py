"""Requests to a judge's server, before real sockets."""

import asyncio
import socket
from contextlib import suppress
from threading import Thread

import httpx
import pytest

from evaluator.backends.protocol import ServerGone, TryAgain, Unanswered
from evaluator.backends.transport import LONGEST_ERROR_SHOWN, client_settings, one_line, post


def posted(url: str, timeout: float = 5.0) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(base_url=url, **client_settings(timeout, 1, None)) as client:
            return await post(client, "/ask", {"model": "judge"})

    return asyncio.run(ask())


def answering(content: bytes) -> tuple[socket.socket, Thread]:
    """Listen for one request, answer it with these bytes and hang up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(content)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    return listening, thread


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "connection-lost"),
        (b"this is no HTTP\r\n\r\n", "connection-lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "connection-lost"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            "bad-response",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML\r\nContent-Length: 2\r\n\r\n{}",
            "bad-response",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n{", "answer-too-large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{", "connection-lost"),
    ],
)
def test_an_answer_that_cannot_be_read_is_asked_for_again(content: bytes, reason: str) -> None:
    listening, thread = answering(content)
    with listening, pytest.raises(TryAgain) as caught:
        posted(f"http://127.0.0.1:{listening.getsockname()[1]}")
    thread.join(5)
    assert caught.value.reason == reason
    assert not isinstance(caught.value, ServerGone)


def test_nobody_listening_is_a_server_that_is_gone() -> None:
    with pytest.raises(ServerGone, match=r"no server at http://127\.0\.0\.1:9"):
        posted("http://127.0.0.1:9")


def test_silence_is_a_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(Unanswered) as caught:
        posted(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.2)
    assert caught.value.reason == "timeout"


def test_a_key_is_sent_only_where_there_is_one() -> None:
    assert client_settings(1.0, 1, "secret")["headers"]["authorization"] == "Bearer secret"
    for none in (None, ""):
        assert "authorization" not in client_settings(1.0, 1, none)["headers"]


def test_what_a_server_says_is_cut_to_one_short_line() -> None:
    assert one_line("a\n b\t c") == "a b c"
    assert len(one_line("word " * 1_000)) == LONGEST_ERROR_SHOWN
