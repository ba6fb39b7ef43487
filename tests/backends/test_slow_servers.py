"""Servers of which each byte is in time and the whole answer is not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.openai import OpenAIBackend
from evaluator.backends.protocol import Prompt
from evaluator.backends.transport import client_settings
from evaluator.errors import JudgeUnavailable

PROMPT = Prompt("Decide.", (), "Is it?", ("Yes", "No"))
MODEL = {"name": "judge:latest", "model": "judge:latest", "digest": "a" * 64, "size": 1}
ANSWERS = {
    "/api/version": {"version": "0.33.0"},
    "/api/tags": {"models": [MODEL]},
    "/api/show": {"template": "{{ .Prompt }} so", "details": {}, "model_info": {}},
    "/api/ps": {"models": []},
    "/v1/models": {"object": "list", "data": [{"id": "judge"}]},
}
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
TIMEOUT = 1.0
LONG = 60.0


class SlowServer(ThreadingHTTPServer):
    """Answers, but for the paths in `slow`, which are answered with the same piece for ever."""

    def __init__(self) -> None:
        self.slow: dict[str, bytes] = {}
        self.stopping = Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                if outer.slow.get(self.path) != PROCESSING:
                    self.send_response(200 if self.path in {*ANSWERS, *outer.slow} else 404)
                    self.send_header("content-type", "application/json")
                    self.end_headers()
                while self.path in outer.slow and not outer.stopping.wait(TIMEOUT / 20):
                    self.wfile.write(outer.slow[self.path])
                self.wfile.write(json.dumps(ANSWERS.get(self.path, {})).encode())

            do_POST = do_GET  # noqa: N815 - the name that it is called by

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that went away."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving() -> Iterator[SlowServer]:
    with SlowServer() as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.stopping.set()
        server.shutdown()


def backend(path: str, url: str) -> OllamaBackend | OpenAIBackend:
    kind = OllamaBackend if path.startswith("/api") else OpenAIBackend
    return kind("judge", url, timeout=TIMEOUT, concurrency=1, probe=PROMPT)


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        *((path, b" ") for path in (*tuple(ANSWERS)[:3], "/v1/models", "/version", "/props")),
        ("/api/tags", PROCESSING),
        ("/v1/models", PROCESSING),
    ],
)
def test_a_judge_that_does_not_come_to_an_end_is_not_opened(path: str, piece: bytes) -> None:
    async def open_it(url: str) -> None:
        async with asyncio.timeout(LONG):
            await backend(path, url).__aenter__()

    with serving() as server, pytest.raises(JudgeUnavailable, match="did not come in time"):
        server.slow[path] = piece
        asyncio.run(open_it(server.url))


def test_what_is_looked_up_about_an_opened_judge_ends_in_time() -> None:
    async def look(server: SlowServer) -> float | None:
        async with asyncio.timeout(LONG), backend("/api", server.url) as judge:
            server.slow |= {"/api/tags": b" ", "/api/ps": PROCESSING}
            await judge.require_unchanged()
            return await judge.outside_gpu()

    with serving() as server:
        assert asyncio.run(look(server)) is None


def test_a_file_may_take_longer_to_send_than_its_answer_may_take() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(TIMEOUT / 2)
            yield b"x"

    async def send(url: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=url, **client_settings(TIMEOUT, 1, None)) as client:
            headers = {"content-length": "4"}
            return await client.post("/api/ps", content=pieces(), headers=headers)

    with serving() as server:
        assert asyncio.run(send(server.url)).json() == {"models": []}


def test_a_stream_may_go_on_for_as_long_as_its_lines_come_in_time() -> None:
    async def lines(server: SlowServer) -> int:
        settings, heard = client_settings(TIMEOUT, 1, None), 0
        async with asyncio.timeout(LONG), httpx.AsyncClient(base_url=server.url, **settings) as one:
            began = time.monotonic()
            async with one.stream("POST", "/api/pull") as stream:
                with pytest.raises(httpx.ReadTimeout, match="did not come in time"):
                    async for _ in stream.aiter_lines():
                        heard += 1
                        if time.monotonic() - began > 2 * TIMEOUT:
                            server.slow["/api/pull"] = b" "
        return heard

    with serving() as server:
        server.slow["/api/pull"] = b"{}\n"
        assert asyncio.run(lines(server)) > 3
