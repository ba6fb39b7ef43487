"""Answers of any size, read by a process whose memory is watched."""

import asyncio
import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import httpx
import pytest
from ollama_server import Bomb, Fault, Flood, HugeBody, OllamaServer, ScriptedEngine, ServedModel
from running import environment

from evaluator.backends.bounded import LARGEST_ANSWER, AnswerTooLarge
from evaluator.backends.transport import client_settings

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
MIB = 1 << 20

ASK = """
import asyncio, json, pathlib, re, sys
from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import Prompt, Unanswered

async def ask(url):
    prompt = Prompt("Decide.", (), "Is it?", ("Yes", "No"))
    backend = OllamaBackend("llama3.2", url, timeout=60.0, concurrency=1, probe=prompt)
    async with backend:
        try:
            return len((await backend.ask(prompt)).candidates)
        except Unanswered as error:
            return str(error)

said = asyncio.run(ask(sys.argv[1]))
# Unlike what getrusage tells, this peak does not begin with that of the process it was forked from.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())
print(json.dumps([said, int(peak[1]) // 1024]))
"""


def asked_elsewhere(*faults: Fault) -> tuple[object, int]:
    """What another process hears, and the most memory that it ever held, in MiB."""
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.3})
    with OllamaServer(engine, [ServedModel("llama3.2")], faults) as server:
        done = subprocess.run(
            [sys.executable, "-c", ASK, server.url],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    said, peak = json.loads(done.stdout)
    return said, peak


@pytest.fixture(scope="module")
def usual_peak() -> int:
    """The memory that a question takes whose answer is of the usual size."""
    said, peak = asked_elsewhere()
    assert said == 2
    return peak


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (HugeBody(size=10_000_000), "answer-too-large: the answer is larger than 8 MiB"),
        (Flood(size=10_000_000), "answer-too-large: the answer is larger than 8 MiB"),
        (Flood(size=400_000_000), "answer-too-large: the answer is larger than 8 MiB"),
        (
            Bomb(size=400_000_000),
            "bad-response: the answer is compressed, which was not asked for",
        ),
    ],
    ids=["10 MB", "10 MB unannounced", "400 MB unannounced", "400 MB compressed"],
)
def test_memory_stays_flat_whatever_a_server_sends(
    usual_peak: int, fault: Fault, said: str
) -> None:
    heard, peak = asked_elsewhere(fault)
    assert heard == said
    assert peak < usual_peak + 50


@contextmanager
def sending(*pieces: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that answers one request with these bytes, and what it was sent."""
    requests: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                requests.append(connection.recv(65_536))
                for piece in pieces:
                    connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", requests
        thread.join(10)


def got(url: str, path: str = "/api/tags") -> httpx.Response:
    async def get() -> httpx.Response:
        async with httpx.AsyncClient(base_url=url, **client_settings(10.0, 1, None)) as client:
            return await client.get(path)

    return asyncio.run(get())


def with_length(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_the_largest_answer_is_read_and_one_byte_more_is_not() -> None:
    with sending(with_length(b"x" * LARGEST_ANSWER)) as (url, _):
        assert len(got(url).content) == LARGEST_ANSWER
    too_long = b"x" * (LARGEST_ANSWER + 1)
    with sending(with_length(too_long)) as (url, _), pytest.raises(AnswerTooLarge, match="8 MiB"):
        got(url)
    chunk = b"%x\r\n%b\r\n" % (len(too_long), too_long)
    with sending(CHUNKED, chunk, END) as (url, _), pytest.raises(AnswerTooLarge, match="8 MiB"):
        got(url)


def test_no_compression_is_asked_for_and_none_is_undone() -> None:
    packed = gzip.compress(b"{}")
    for encoding in (b"gzip", b"deflate", b"br", b"zstd", b"GZIP", b"gzip, identity"):
        head = b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (encoding, len(packed))
        with (
            sending(HEAD + head + packed) as (url, requests),
            pytest.raises(httpx.DecodingError, match="compressed"),
        ):
            got(url)
        assert b"\r\naccept-encoding: identity\r\n" in requests[0].lower()


def test_an_answer_that_says_it_is_not_compressed_is_read() -> None:
    named = b"Content-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}"
    with sending(HEAD + named) as (url, _):
        assert got(url).json() == {}


@pytest.mark.parametrize("path", ["/behind/api/pull", "/behind/api/create"])
@pytest.mark.parametrize("status", [b"200 OK", b"500 Internal Server Error"])
def test_only_a_stream_of_progress_that_succeeds_may_go_on_line_by_line(
    status: bytes, path: str
) -> None:
    line = b"%x\r\n%b\n\r\n" % (MIB, b"x" * (MIB - 1))
    with sending(CHUNKED.replace(b"200 OK", status), *[line] * 12, END) as (url, _):
        if status.startswith(b"200"):
            assert len(got(url, path).content) == 12 * MIB
        else:
            with pytest.raises(AnswerTooLarge):
                got(url, path)

                got(url, "/behind/api/pull")


@pytest.mark.parametrize("charset", ["punycode", "zlib", "rot13", "undefined", "idna", "\xff"])
def test_a_character_encoding_of_the_servers_choice_is_not_used(charset: str) -> None:
    head = b"HTTP/1.1 500 Broken\r\nContent-Type: text/plain; charset=%b\r\n" % charset.encode()
    body = "caf\u00e9-".encode() * 50_000  # takes punycode minutes
    with sending(head + b"Content-Length: %d\r\n\r\n" % len(body) + body) as (url, _):
        assert got(url).text.startswith("caf\u00e9-")


def test_a_flood_of_headers_is_an_error_of_the_connection() -> None:
    flood = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 99) for n in range(9999))
    with sending(flood, b"\r\n") as (url, _), pytest.raises(httpx.TransportError):
        got(url)
