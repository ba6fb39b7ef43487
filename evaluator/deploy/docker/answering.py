"""What the server in the container says: that it is there, and which models it has."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from evaluator.backends.protocol import PullProgress
from evaluator.deploy.docker.server import CONTAINER
from evaluator.errors import DeploymentFailed, JudgeUnavailable

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.25
ANSWER_SECONDS = 5.0
SILENCE_SECONDS = 300.0
"""While a model is pulled; Ollama checks what it fetched without a word."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory.

    Attributes:
        name: Name and tag.
        outside_gpu: Share of it outside of GPU memory, 0 to 1; None where the server does not say.
    """

    name: str
    outside_gpu: float | None


@dataclass(frozen=True, slots=True)
class Answering:
    """What a server told of itself.

    Attributes:
        version: Ollama's version.
        models: Name and tag of every model on its disk.
        loaded: Those in memory.
    """

    version: str
    models: tuple[str, ...]
    loaded: tuple[LoadedModel, ...]


def wait_for_answer(container: Any, url: str) -> str:
    """Wait until the server answers, and return its version.

    Raises:
        DeploymentFailed: The container ended, or did not answer in time as Ollama does.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        version = version_at(url)
        if version is not None:
            return version
        container.reload()
        if container.status != "running":
            raise DeploymentFailed(
                f"the container {CONTAINER} is {container.status} and not running; its last words: "
                f"{_last_words(container)}"
            )
        if time.monotonic() > until:
            raise DeploymentFailed(
                f"the container {CONTAINER} runs, but nothing answers as Ollama at {url}; see "
                "`evaluator docker logs`."
            )
        time.sleep(PAUSE_SECONDS)


def version_at(url: str) -> str | None:
    """Return the version of the Ollama server at an address, or None where none answers."""
    import httpx
    from pydantic import ValidationError

    from evaluator.backends.ollama_wire import Version

    try:
        with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as client:
            return Version.model_validate_json(client.get(f"{url}/api/version").content).version
    except (httpx.HTTPError, ValidationError):
        return None


def ensure_model(url: str, model: str, report: PullProgress) -> str:
    """Have the server fetch a model that it lacks, and return the model's digest.

    Raises:
        DeploymentFailed: It cannot be fetched.
    """
    import ollama

    from evaluator.backends.ollama import UNREACHABLE
    from evaluator.backends.ollama_facts import full_name
    from evaluator.backends.ollama_models import digest_of, pull_model
    from evaluator.backends.transport import client_settings

    async def ensured() -> str | None:
        client = ollama.AsyncClient(host=url, **client_settings(SILENCE_SECONDS, 1, None))
        try:
            name = full_name(model)
            digest = await digest_of(client, name)
            if digest is None:
                await pull_model(client, name, report)
                digest = await digest_of(client, name)
            return digest
        finally:
            await client.close()  # type: ignore[no-untyped-call]

    try:
        digest = asyncio.run(ensured())
    except JudgeUnavailable as error:
        raise DeploymentFailed(str(error)) from error
    except UNREACHABLE as error:
        raise DeploymentFailed(
            f"the Ollama server stopped answering while the model '{model}' was pulled; run the "
            "same command again."
        ) from error
    if digest is None:
        raise DeploymentFailed(f"the Ollama server says it pulled '{model}', but does not have it.")
    return digest


def ask_about_itself(url: str) -> Answering | None:
    """Return what the server at an address tells of itself, or None where none answers."""
    import httpx
    import ollama
    from pydantic import ValidationError

    from evaluator.backends.ollama_wire import Loaded

    version = version_at(url)
    if version is None:
        return None
    try:
        with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS, base_url=url) as client:
            tags = ollama.ListResponse.model_validate_json(client.get("/api/tags").content)
            running = Loaded.model_validate_json(client.get("/api/ps").content)
    except (httpx.HTTPError, ValidationError):
        return None
    return Answering(
        version,
        tuple(sorted(one.model or "" for one in tags.models)),
        tuple(LoadedModel(one.model, one.outside_gpu) for one in running.models),
    )


def _last_words(container: Any) -> str:
    lines = container.logs(tail=1).decode("utf-8", "replace").split()
    return " ".join(lines) or "none"
