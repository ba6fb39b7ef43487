"""A judge behind Ollama's protocol, what it is asked, and what goes wrong with that."""

import asyncio
from typing import Any

import pytest
from ollama_server import Fault, OllamaServer, ScriptedEngine, ServedModel

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import Prompt, PullProgress, Reply, Shot, Unanswered
from evaluator.errors import JudgeUnavailable

INSTRUCT = ServedModel("llama3.2")
BASE = ServedModel("gemma3-base:270m", base=True)
THINKER = ServedModel("qwen3", capabilities=("completion", "thinking"))
MODELS = (INSTRUCT, BASE, THINKER)

PROMPT = Prompt("Decide.", (Shot("One?", "Yes"), Shot("Two?", "No")), "Three?")
PROBE = Prompt("Decide.", (), "Are two and two the same?", ("Yes", "No"))
OPENING = ["/api/version", "/api/tags", "/api/show"]


def serve(*faults: Fault, **settings: Any) -> OllamaServer:
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.2, " yes": 0.1})
    return OllamaServer(engine, settings.pop("models", MODELS), faults, **settings)


def backend_of(
    server: OllamaServer,
    model: str = "llama3.2",
    *,
    timeout: float = 60.0,
    pull: PullProgress | None = None,
) -> OllamaBackend:
    return OllamaBackend(model, server.url, timeout=timeout, concurrency=2, probe=PROBE, pull=pull)


def answers(backend: OllamaBackend, *prompts: Prompt) -> list[Reply]:
    async def ask() -> list[Reply]:
        async with backend:
            return [await backend.ask(prompt) for prompt in prompts]

    return asyncio.run(ask())


def failure(backend: OllamaBackend, prompt: Prompt = PROMPT) -> Exception:
    """What goes wrong with a question, once the judge was opened."""

    async def ask() -> Exception:
        async with backend:
            with pytest.raises((Unanswered, JudgeUnavailable)) as caught:
                await backend.ask(prompt)
            return caught.value

    return asyncio.run(ask())


NESTED = b"[" * 200_000
