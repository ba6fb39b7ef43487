"""The judge in this process, loaded once for each file that asks it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.backends.embedded import EmbeddedBackend

from .embedded_judge import Ask


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
