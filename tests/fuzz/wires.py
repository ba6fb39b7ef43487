"""What a judge's server, or somebody who poses as it, answers over HTTP."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from evaluator.backends.inspecting import Inspector
from evaluator.backends.naming import parse_judge
from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.openai import OpenAIBackend
from evaluator.backends.protocol import Backend, Prompt, Unanswered
from evaluator.deploy.docker.answering import ask_about_itself, ensure_model
from evaluator.judge.question import probe_prompt
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import read_reply
from evaluator.models.server import Address, ModelServer, Refused
from fuzz.promise import Broken, split

RUBRIC = load_rubric("category-relevance")
PROBE = probe_prompt(RUBRIC)
URL = "http://127.0.0.1:9"
HEALTHY = {
    "/api/version": b'{"version": "0.33.0"}',
    "/api/tags": b'{"models": [{"model": "m:latest", "digest": "d"}]}',
    "/api/show": b'{"template": "", "capabilities": [], "model_info": {}}',
    "/api/ps": b'{"models": []}',
    "/version": b'{"version": "1"}',
    "/v1/models": b'{"data": [{"id": "m"}]}',
}
STATUSES = (200, 200, 200, 200, 400, 404, 500, 503)


class _Body(httpx.AsyncByteStream, httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content


@contextmanager
def _answering(status: int, kind: bytes, body: bytes, everywhere: bool) -> Iterator[None]:
    """Have every connection answer with a body: everywhere, or where questions are asked alone."""
    true = httpx.AsyncHTTPTransport.handle_async_request
    true_of_others = httpx.HTTPTransport.handle_request

    def answer_at_once(self: object, request: httpx.Request) -> httpx.Response:
        healthy = None if everywhere else HEALTHY.get(request.url.path)
        if healthy is not None:
            return httpx.Response(200, stream=_Body(healthy))
        headers = [(b"content-type", kind)]
        return httpx.Response(status, headers=headers, stream=_Body(body))

    async def answer(self: object, request: httpx.Request) -> httpx.Response:
        return answer_at_once(self, request)

    httpx.HTTPTransport.handle_request = answer_at_once  # type: ignore[method-assign,assignment]
    httpx.AsyncHTTPTransport.handle_async_request = answer  # type: ignore[assignment]
    try:
        yield
    finally:
        httpx.AsyncHTTPTransport.handle_async_request = true  # type: ignore[method-assign]
        httpx.HTTPTransport.handle_request = true_of_others  # type: ignore[method-assign]


def _sent(data: bytes) -> tuple[int, bytes, bytes, bool]:
    """Return the status, the content type and the body that an input stands for."""
    choice, rest = split(data, 16)
    kind = b"application/json"
    if choice >= 8 and b"\n" in rest:
        kind, _, rest = rest.partition(b"\n")
    return STATUSES[choice % 8], kind[:100].strip(), rest, bool(choice & 4 and choice & 1)


async def _asked(backend: Backend) -> None:
    async with backend:
        await backend.outside_gpu()
        for prompt in (PROBE, Prompt("Decide.", (), "Is it?", ("Yes", "No"))):
            try:
                reply = await backend.ask(prompt)
                reading = read_reply(reply, RUBRIC.question.answers)
                spent = reply.durations
            except Unanswered as error:
                str(error)
                continue
            if not (math.isfinite(reading.logit) and 0 <= reading.mass <= 1 + 1e-6):
                raise Broken(f"{reading} of {reply}")
            if spent is not None and not math.isfinite(spent.waiting + spent.computing):
                raise Broken(f"{spent}")
        try:
            await backend.explain(PROBE, 20)
        except Unanswered as error:
            str(error)


def ollama(data: bytes, folder: Path) -> None:
    with _answering(*_sent(data)):
        backend = OllamaBackend("m", URL, timeout=5.0, concurrency=1, probe=PROBE)
        asyncio.run(_asked(backend))


def openai(data: bytes, folder: Path) -> None:
    with _answering(*_sent(data)):
        backend = OpenAIBackend("m", URL, timeout=5.0, concurrency=1, probe=PROBE)
        asyncio.run(_asked(backend))


async def _inspected(inspector: Inspector) -> None:
    await inspector.greet()
    await inspector.version()
    await inspector.models()
    shown = await inspector.shown()
    if shown is not None:
        str(shown.context_length)
    loaded = await inspector.loaded()
    if loaded is not None:
        assert loaded.outside_gpu is None or 0 <= loaded.outside_gpu <= 1


def doctor(data: bytes, folder: Path) -> None:
    """The questions of `evaluator doctor` to a server about itself."""
    status, kind, body, _ = _sent(data)
    spec = ("ollama:m", "openai:m")[len(data) % 2]
    with _answering(status, kind, body, everywhere=True):
        asyncio.run(_inspected(Inspector(parse_judge(f"{spec}@{URL}", None, []), URL)))


async def _looked_after() -> None:
    async with ModelServer(Address(URL), 5.0) as server:
        with suppress(Refused, httpx.TransportError, httpx.DecodingError):
            async for step in server.create({}):
                str(step)
        with suppress(httpx.TransportError):
            await server.has_blob("sha256:0")
        await server.architecture("m")
        await server.find("m")
        await server.version()


def models(data: bytes, folder: Path) -> None:
    """The answers to whoever looks after a server's models."""
    with _answering(*_sent(data)):
        asyncio.run(_looked_after())


def container(data: bytes, folder: Path) -> None:
    """What answers in the container that is Ollama's, maybe another server."""
    with _answering(*_sent(data)):
        told = ask_about_itself(URL)
        if told is not None:
            assert all(one.outside_gpu is None or 0 <= one.outside_gpu <= 1 for one in told.loaded)
        ensure_model(URL, "other", lambda status, done, total: None)
