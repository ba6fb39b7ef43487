"""Small servers that are one judge together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from ollama_server import Fault, OllamaServer, ScriptedEngine, ServedModel

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.places import Place
from evaluator.backends.protocol import Prompt
from evaluator.backends.replicas import Replicas

Result = TypeVar("Result")

PROMPT = Prompt("Decide.", (), "Is it?", ("Yes", "No"))


def server(*faults: Fault, seconds: float = 0.0, **settings: Any) -> OllamaServer:
    models = [settings.pop("model", ServedModel("llama3.2"))]
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.3}, seconds=seconds)
    return OllamaServer(engine, models, faults, **settings)


def replicas(*servers: OllamaServer, concurrency: int = 2, timeout: float = 60.0) -> Replicas:
    def open_at(place: Place) -> OllamaBackend:
        settings = {"timeout": timeout, "concurrency": concurrency, "probe": PROMPT}
        return OllamaBackend("llama3.2", place.url, address=place.address, **settings)

    return Replicas([one.url for one in servers], open_at, timeout)


def during(judge: Replicas, work: Callable[[], Awaitable[Result]]) -> Result:
    async def entered() -> Result:
        async with judge:
            return await work()

    return asyncio.run(entered())


def entering(judge: Replicas) -> None:
    during(judge, lambda: asyncio.sleep(0))


def asked(one: OllamaServer) -> int:
    return len(one.bodies("/api/chat"))


def stop(one: OllamaServer) -> None:
    one.__exit__(None, None, None)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
