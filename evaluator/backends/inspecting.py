"""What a judge's server says of itself, before any question is asked of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from evaluator.backends import ollama_facts, openai
from evaluator.backends.naming import JudgeSpec
from evaluator.backends.ollama_wire import Loaded, Running, Shown, Stored, Tags, Version
from evaluator.backends.openai_wire import Models
from evaluator.backends.tls import untrusted
from evaluator.backends.transport import client_settings, one_line
from evaluator.errors import JudgeUnavailable

INSPECTION_SECONDS = 10.0
HOPELESS = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer over HTTP.

    Attributes:
        status: Its status.
        seconds: How long it took.
        content: Its body.
        ahead: Seconds that the server's clock is ahead of ours, which the date of an answer tells
            to a second; None without a date.
    """

    status: int
    seconds: float
    content: bytes
    ahead: float | None

    def read(self, kind: type[Document]) -> Document | None:
        """Return the body as a document, or None where it is something else."""
        try:
            return kind.model_validate_json(self.content)
        except ValidationError:
            return None


class Inspector:
    """Asks one server about itself.

    Args:
        spec: The judge.
        url: The server, one of the judge's.

    Raises:
        ConfigError: The environment holds a broken key.
    """

    def __init__(self, spec: JudgeSpec, url: str) -> None:
        self.is_ollama = spec.backend == "ollama"
        self.model = (
            ollama_facts.full_name(spec.model or "") if self.is_ollama else spec.model or ""
        )
        self._url = url
        self._ca_file = spec.ca_file
        self._key = ollama_facts.server_key() if self.is_ollama else openai.server_key()

    async def greet(self) -> HttpAnswer:
        """Return the answer to the first request of every run.

        Raises:
            JudgeUnavailable: There is none.
        """
        return await self._asked("/api/version" if self.is_ollama else "/v1/models")

    async def version(self) -> str | None:
        """Return the version of the server's software, or None where it does not tell.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        for path in ("/api/version",) if self.is_ollama else ("/version", "/api/version"):
            told = (await self._asked(path)).read(Version)
            if told is not None:
                return told.version
        return None

    async def models(self) -> Sequence[Stored]:
        """Return the models that the server has; not every one tells digests and sizes.

        Raises:
            JudgeUnavailable: It does not answer, or its list cannot be read.
        """
        if self.is_ollama:
            tags = (await self._asked("/api/tags")).read(Tags)
            found = None if tags is None else tags.models
        else:
            listed = (await self._asked("/v1/models")).read(Models)
            found = None if listed is None else [Stored(model=one.id) for one in listed.data]
        if found is None:
            raise JudgeUnavailable(
                f"the list of models at {self._url} cannot be read; "
                "name the server itself with --judge-url, and not a page or a proxy."
            )
        return found

    async def shown(self) -> Shown | None:
        """Return what Ollama shows of the model, or None where it does not.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        return (await self._asked("/api/show", {"model": self.model})).read(Shown)

    async def loaded(self) -> Running | None:
        """Return what Ollama tells of the model in memory, or None where it is not there.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        return next((one for one in await self.all_loaded() if one.model == self.model), None)

    async def all_loaded(self) -> Sequence[Running]:
        """Return what Ollama tells of the models in memory.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        told = (await self._asked("/api/ps")).read(Loaded)
        return () if told is None else told.models

    async def unload(self) -> None:
        """Have Ollama free the model's memory.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        await self._asked("/api/generate", {"model": self.model, "keep_alive": 0})

    async def _asked(self, path: str, body: dict[str, Any] | None = None) -> HttpAnswer:
        method = "GET" if body is None else "POST"
        started, began = time.monotonic(), datetime.now(UTC)
        try:
            settings = client_settings(INSPECTION_SECONDS, 1, self._key, ca_file=self._ca_file)
            async with httpx.AsyncClient(base_url=self._url, **settings) as client:
                answer = await client.request(method, path, json=body)
        except HOPELESS as error:
            reason = one_line(str(error)) or type(error).__name__
            raise JudgeUnavailable(
                untrusted(self._url, error)
                or f"{self._url} takes connections and gives no answer over HTTP ({reason}); "
                "see in the log of the server whether it is still starting, and that http or https "
                "in --judge-url is right."
            ) from error
        seconds = time.monotonic() - started
        return HttpAnswer(
            answer.status_code, seconds, answer.content, clock_difference(answer, began, seconds)
        )


def clock_difference(answer: httpx.Response, began: datetime, seconds: float) -> float | None:
    """Return how many seconds the server's clock is surely ahead of ours, negative if behind.

    Args:
        answer: An answer with or without a date, which is cut to a second.
        began: When it was asked for, by our clock.
        seconds: How long it took.
    """
    try:
        date = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    after_start = (date - began).total_seconds()
    if -1.0 <= after_start <= seconds:
        return 0.0
    return after_start + 1.0 if after_start < 0 else after_start - seconds
