"""Judges that several files ask: the one in this process, and two servers that are one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from ollama_server import OllamaServer

from evaluator.backends.embedded import EmbeddedBackend

from .embedded_judge import Ask
from .replica_servers import server


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="module")
def backend(runner: asyncio.Runner, gguf: Path) -> Iterator[EmbeddedBackend]:
    one = EmbeddedBackend(None)
    runner.run(one.__aenter__())
    yield one
    runner.run(one.__aexit__())


@pytest.fixture(scope="module")
def ask(runner: asyncio.Runner, backend: EmbeddedBackend) -> Ask:
    return lambda prompt: runner.run(backend.ask(prompt))


@pytest.fixture
def pair() -> Iterator[tuple[OllamaServer, OllamaServer]]:
    with server() as one, server() as other:
        yield one, other
