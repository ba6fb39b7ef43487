"""The server's faults, as the real client sees them."""

import asyncio
import json
import math
import time

import httpx
import ollama
import pytest

from . import (
    Drip,
    Fault,
    Hang,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    NoLogprobs,
    OtherDigest,
    Redirect,
    Reset,
    Status,
    TruncatedJson,
    WrongLogprob,
)
from .asking import ASKED, MESSAGES, ask, client_of, first_token, post, serve


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Reset(), httpx.ReadError),
        (Reset(after_bytes=10), httpx.ReadError),
        (Hang(seconds=60.0), httpx.ReadTimeout),
        (Status(code=503), ollama.ResponseError),
        (HtmlPage(), json.JSONDecodeError),
        (TruncatedJson(), json.JSONDecodeError),
        (InvalidUtf8(), UnicodeDecodeError),
        (Redirect(location="http://127.0.0.1:9/api/chat"), ollama.ResponseError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else value.__name__,
)
def test_faults_reach_the_client(fault: Fault, raised: type[Exception]) -> None:
    with serve(fault) as server, pytest.raises(raised):
        ask(server, timeout=0.3 if raised is httpx.ReadTimeout else 60.0)


def test_faults_count_requests() -> None:
    with serve(Status(code=429, after=1, times=2)) as server:
        statuses = [post(server, "/api/chat", model="llama3.2").status_code for _ in range(5)]
        assert statuses == [200, 429, 429, 200, 200]
        server.faults.add(NoLogprobs(times=1))
        assert ask(server).logprobs is None
        assert ask(server).logprobs


def test_odd_answers_that_parse() -> None:
    with serve(WrongLogprob(times=1), HugeBody(after=1, times=1)) as server:
        assert math.isnan(first_token(ask(server)).top_logprobs[0].logprob)
        assert ask(server).message.content == "Yes"


def test_a_drip_outlasts_the_timeout_of_a_read() -> None:
    with serve(Drip(pause=0.4, piece=50)) as server:
        started = time.monotonic()
        assert ask(server, timeout=2.5).done
        assert time.monotonic() - started > 2.5


def test_digest_changes_while_judging() -> None:
    with (
        serve(OtherDigest(after=2, counting=("/api/chat",))) as server,
        client_of(server) as client,
    ):
        digests = []
        for _ in range(3):
            digests.append(client.list().models[0].digest)
            ask(server)
        assert digests[0] == digests[1] != digests[2]


def test_redirects_are_followed_unless_forbidden() -> None:
    with serve() as other, serve(Redirect(location=f"{other.url}/api/chat")) as server:
        assert ask(server, follow_redirects=True).done
        assert other.bodies("/api/chat")[0]["messages"] == MESSAGES


def test_goes_away_and_comes_back() -> None:
    server = serve(Hang(seconds=60.0, times=1))

    async def interrupted() -> None:
        async with ollama.AsyncClient(host=server.url, timeout=60.0) as client:
            asking = asyncio.create_task(client.chat("llama3.2", MESSAGES, **ASKED))
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.__exit__, None, None, None)
            with pytest.raises(httpx.TransportError):
                await asking
            with pytest.raises(ConnectionError, match="Failed to connect to Ollama"):
                await client.list()

    server.__enter__()
    asyncio.run(interrupted())
    with server:
        assert ask(server).done
