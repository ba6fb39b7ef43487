"""A judge behind an OpenAI-compatible server: vLLM, TGI, llama-server, Ollama's /v1 and others."""

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ValidationError

from evaluator.backends.protocol import (
    JudgeIdentity,
    Prompt,
    Reply,
    TokenProbability,
    TryAgain,
    Unanswered,
    Usage,
)
from evaluator.backends.transport import RETRIED_STATUSES, client_settings, one_line, post
from evaluator.errors import ConfigError, JudgeUnavailable

KEY_VARIABLES = ("EVALUATOR_API_KEY", "OPENAI_API_KEY")
CANDIDATES = 20
TOKENS_OF_A_WRITTEN_ANSWER = 12
LEAST_MASS = 0.1

Form = Literal["chat", "completion"]
Scoring = Literal["logprobs", "schema", "text"]


class OpenAIBackend:
    """One model on one server.

    How it is asked is found by a probe: with logprobs, through the chat template or as plain text,
    whichever gives more probability to the answer words; where the server gives no logprobs, by a
    schema that allows the answer words alone; where it knows no schema, by reading its text.

    Args:
        model: The model's name there; a LoRA served under its own name is a model of its own.
        url: The address before `/v1`, with scheme and port.
        timeout: Seconds that a request may take.
        concurrency: Requests in flight at a time.
        probe: A question with a known answer, to find out how to ask.
        environment: Where the key is looked up, in `EVALUATOR_API_KEY` or `OPENAI_API_KEY`.

    Raises:
        ConfigError: The key holds what no key can.
    """

    def __init__(
        self,
        model: str,
        url: str,
        *,
        timeout: float,
        concurrency: int,
        probe: Prompt,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.concurrency = concurrency
        self._model = model
        self._url = url
        self._probe = probe
        self._form: Form = "chat"
        self._scoring: Scoring = "logprobs"
        self._identity: JudgeIdentity | None = None
        key = _key(environment)
        self._http = httpx.AsyncClient(base_url=url, **client_settings(timeout, concurrency, key))

    async def __aenter__(self) -> "OpenAIBackend":
        """Reach the server, find the model and find out how to ask it.

        Raises:
            JudgeUnavailable: The server does not answer, refuses the key, or lacks the model.
        """
        try:
            await self._require_model()
            version = await self._server_version()
            await self._choose_form()
        except JudgeUnavailable:
            await self._http.aclose()
            raise
        except (httpx.HTTPError, httpx.InvalidURL, Unanswered, ValueError) as error:
            await self._http.aclose()
            raise JudgeUnavailable(
                f"no OpenAI-compatible server answers at {self._url} "
                f"({one_line(str(error)) or type(error).__name__}); name another with --judge-url."
            ) from error
        self._identity = JudgeIdentity(
            backend="openai",
            model=self._model,
            digest="unknown",
            server_version=version,
            options=(f"form={self._form}",),
            scoring=self._scoring,
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        await self._http.aclose()

    @property
    def identity(self) -> JudgeIdentity:
        """Which model answers, and how it is asked."""
        assert self._identity is not None, "not entered"
        return self._identity

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the first answer token's distribution, or the answer where there is none."""
        return await self._ask(prompt, self._form, self._scoring)

    async def _ask(self, prompt: Prompt, form: Form, scoring: Scoring) -> Reply:
        path = "/v1/chat/completions" if form == "chat" else "/v1/completions"
        response = await post(self._http, path, self._body(prompt, form, scoring))
        if response.status_code == httpx.codes.BAD_REQUEST and "context" in response.text:
            raise Unanswered("prompt-too-long", one_line(response.text))
        if response.status_code != httpx.codes.OK:
            kind = TryAgain if response.status_code in RETRIED_STATUSES else Unanswered
            raise kind(f"http-{response.status_code}", one_line(response.text))
        try:
            reply = _Completion.model_validate_json(response.content).reply()
        except ValidationError as error:
            raise TryAgain("bad-response", "the answer is not OpenAI's format") from error
        if scoring == "logprobs" and not reply.candidates:
            raise TryAgain("no-logprobs", "the server gave no log probabilities")
        return reply if scoring == "logprobs" else replace(reply, candidates=())

    def _body(self, prompt: Prompt, form: Form, scoring: Scoring) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "temperature": 0, "seed": 0, "stream": False}
        body["max_tokens"] = 1 if scoring == "logprobs" else TOKENS_OF_A_WRITTEN_ANSWER
        if form == "chat":
            body["messages"] = prompt.messages
            if scoring == "logprobs":
                body |= {"logprobs": True, "top_logprobs": CANDIDATES}
        else:
            body["prompt"] = prompt.text
            if scoring == "logprobs":
                body["logprobs"] = CANDIDATES
        if scoring == "schema":
            schema = {"type": "string", "enum": list(prompt.choices)}
            form_of_answer = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form_of_answer}
        return body

    async def _require_model(self) -> None:
        response = await self._http.get("/v1/models")
        if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise JudgeUnavailable(
                f"the server at {self._url} refuses the key; set {KEY_VARIABLES[0]}."
            )
        response.raise_for_status()
        names = [entry.id for entry in _Models.model_validate_json(response.content).data]
        if self._model not in names:
            raise JudgeUnavailable(
                f"the server at {self._url} has no model '{self._model}'; "
                f"it has: {', '.join(names[:20])}."
            )

    async def _server_version(self) -> str:
        """Return vLLM's or Ollama's version, where the server tells one."""
        for path in ("/version", "/api/version"):
            response = await self._http.get(path)
            if response.status_code == httpx.codes.OK:
                try:
                    return str(response.json()["version"])
                except (ValueError, KeyError, TypeError):
                    continue
        return "unknown"

    async def _choose_form(self) -> None:
        """Keep the way of asking that the probe is answered best in."""
        masses: dict[Form, float] = {}
        for form in ("chat", "completion"):
            masses[form] = await self._mass(form)
        best: Form = max(masses, key=masses.__getitem__)
        if masses[best] >= LEAST_MASS:
            self._form, self._scoring = best, "logprobs"
            return
        self._form, self._scoring = "chat", "text"
        if await self._obeys_schema():
            self._scoring = "schema"

    async def _mass(self, form: Form) -> float:
        """Return the probability of the answer words in a form, 0 where it is not to be had."""
        try:
            reply = await self._ask(self._probe, form, "logprobs")
        except Unanswered as error:
            if _may_pass(error):
                raise
            return 0.0
        words = {choice.casefold() for choice in self._probe.choices}
        return sum(
            math.exp(one.logprob)
            for one in reply.candidates
            if one.logprob <= 0 and one.token.strip().casefold() in words
        )

    async def _obeys_schema(self) -> bool:
        try:
            reply = await self._ask(self._probe, "chat", "schema")
        except Unanswered as error:
            if _may_pass(error):
                raise
            return False
        return reply.said.strip().strip('"') in self._probe.choices


def _may_pass(error: Unanswered) -> bool:
    """Whether a probe failed for a reason that says nothing about how the server can be asked."""
    return isinstance(error, TryAgain) and error.reason != "no-logprobs"


def _key(environment: Mapping[str, str]) -> str | None:
    for name in KEY_VARIABLES:
        key = environment.get(name, "").strip()  # secrets often end with a newline
        if key and not (key.isascii() and key.isprintable()):
            raise ConfigError(f"{name} holds characters that no key has.")
        if key:
            return key
    return None


class _Named(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Named]


class _Candidate(BaseModel):
    token: str
    logprob: float


class _Token(BaseModel):
    top_logprobs: list[_Candidate] = []


class _Logprobs(BaseModel):
    """Both shapes in use: a list of tokens, or (older completions) a mapping for each token."""

    content: list[_Token] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None

    @property
    def first(self) -> tuple[TokenProbability, ...]:
        """Candidates of the first token."""
        if self.content:
            return tuple(
                TokenProbability(one.token, one.logprob) for one in self.content[0].top_logprobs
            )
        if self.top_logprobs and self.top_logprobs[0]:
            return tuple(TokenProbability(*item) for item in self.top_logprobs[0].items())
        return ()


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message | None = None
    text: str | None = None
    logprobs: _Logprobs | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class _Completion(BaseModel):
    """What is read of an answer to `/v1/chat/completions` or `/v1/completions`."""

    choices: list[_Choice]
    usage: _Usage = _Usage()

    def reply(self) -> Reply:
        """Return the answer as the judge stage reads it."""
        choice = self.choices[0] if self.choices else _Choice()
        details = self.usage.prompt_tokens_details
        cached = None if details is None else details.cached_tokens
        return Reply(
            candidates=choice.logprobs.first if choice.logprobs else (),
            usage=Usage(
                prompt_tokens=self.usage.prompt_tokens,
                evaluated_tokens=None if cached is None else self.usage.prompt_tokens - cached,
                generated_tokens=self.usage.completion_tokens,
            ),
            said=(choice.message.content if choice.message else choice.text) or "",
        )
