"""A judge behind an OpenAI-compatible server: vLLM, TGI, llama-server, Ollama's /v1 and others."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from evaluator.backends.keys import key_of
from evaluator.backends.openai_wire import Completion, Models, Properties, Version
from evaluator.backends.probing import (
    TOKENS_OF_A_WRITTEN_ANSWER,
    Manner,
    answer_schema,
    best_manner,
)
from evaluator.backends.protocol import (
    JudgeIdentity,
    Prompt,
    Reply,
    TryAgain,
    Unanswered,
)
from evaluator.backends.tls import untrusted
from evaluator.backends.transport import RETRIED_STATUSES, client_settings, one_line, post
from evaluator.errors import JudgeUnavailable

KEY_VARIABLES = ("EVALUATOR_API_KEY", "OPENAI_API_KEY")
CANDIDATES = 20
LEAST_OF_A_WHOLE_PROMPT = 0.5
"""Share of the tokens that a prompt of its length should have, below which it was cut: the protocol
cannot forbid that, and some servers do it in silence."""

CHAT = "chat"
COMPLETION = "completion"
CHAT_WITHOUT_THINKING = "chat-without-thinking"
"""The first token of a model that thinks is `<think>`; many a chat template can leave that out."""
UNUSABLE = (httpx.HTTPError, httpx.InvalidURL, Unanswered, ValueError)


class OpenAIBackend:
    """One model on one server.

    How it is asked is found by a probe: with logprobs, through the chat template or as plain text,
    whichever gives more probability to the answer words, and where the chat template gives them
    little, told not to think; where the server gives no logprobs, by a schema that allows the
    answer words alone; where it knows no schema, by reading its text.

    Args:
        model: The model's name there; a LoRA served under its own name is a model of its own.
        url: The address before `/v1`, with scheme and port.
        timeout: Seconds that a request may take.
        concurrency: Requests in flight at a time.
        address: The IP address to connect to, for a name in the URL that has several.
        probe: A question with a known answer, to find out how to ask.
        environment: Where the key is looked up, in `EVALUATOR_API_KEY` or `OPENAI_API_KEY`.
        ca_file: Certificates of the authorities that vouch for the server; None for the public
            ones.

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
        address: str | None = None,
        probe: Prompt,
        environment: Mapping[str, str] = os.environ,
        ca_file: Path | None = None,
    ) -> None:
        self.concurrency = concurrency
        self._model = model
        self._url = url
        self._probe = probe
        self._tokens_a_character = 0.0
        self._manner = Manner(CHAT, "logprobs")
        self._identity: JudgeIdentity | None = None
        self._slots: int | None = None
        key = server_key(environment)
        settings = client_settings(timeout, concurrency, key, address, ca_file)
        self._http = httpx.AsyncClient(base_url=url, **settings)

    async def __aenter__(self) -> "OpenAIBackend":
        """Reach the server, find the model and find out how to ask it.

        Raises:
            JudgeUnavailable: The server does not answer, refuses the key, or lacks the model.
        """
        try:
            await self._require_model()
            version = await self._server_version()
            self._slots = await self._told_slots()
            self._manner = await best_manner(
                self._probe, self._ask, (CHAT, COMPLETION), reserve=(CHAT_WITHOUT_THINKING,)
            )
        except BaseException as error:
            await self._http.aclose()
            if not isinstance(error, UNUSABLE):
                raise
            raise JudgeUnavailable(
                untrusted(self._url, error)
                or f"no OpenAI-compatible server answers at {self._url} "
                f"({one_line(str(error)) or type(error).__name__}); name another with --judge-url."
            ) from error
        self._identity = JudgeIdentity(
            backend="openai",
            model=self._model,
            digest="unknown",
            server_version=version,
            options=(f"form={self._manner.form}",),
            scoring=self._manner.scoring,
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

    @property
    def slots(self) -> int | None:
        """Questions that llama-server works on at a time; other servers do not tell."""
        return self._slots

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the first answer token's distribution, or the answer where there is none."""
        return self._whole(await self._ask(prompt, self._manner), prompt)

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return what the model writes after a prompt."""
        body = self._body(prompt, Manner(self._manner.form, "text")) | {"max_tokens": tokens}
        if self._manner.form == COMPLETION:  # a base model never ends a line by ending its text
            body["stop"] = ["\n"]
        reply = await self._post(body)
        return self._whole(replace(reply, candidates=()), prompt)

    def _whole(self, reply: Reply, prompt: Prompt) -> Reply:
        """Return the reply to a prompt that was read to its end.

        Raises:
            Unanswered: The prompt was cut.
        """
        tokens, whole = reply.usage.prompt_tokens, self._tokens_a_character * len(prompt.text)
        if 0 < tokens < LEAST_OF_A_WHOLE_PROMPT * whole:
            raise Unanswered("prompt-too-long", f"the server read {tokens} tokens of the prompt")
        return reply

    async def require_unchanged(self) -> None:
        """Check nothing: such servers tell no digest of a model."""

    async def outside_gpu(self) -> None:
        """Return None: the protocol does not tell where a model runs."""

    async def _ask(self, prompt: Prompt, manner: Manner) -> Reply:
        reply = await self._post(self._body(prompt, manner))
        if prompt is self._probe:
            self._tokens_a_character = reply.usage.prompt_tokens / len(prompt.text)
        if manner.scoring != "logprobs":
            return replace(reply, candidates=())
        if not reply.candidates:
            raise TryAgain("no-logprobs", "the server gave no log probabilities")
        return reply

    async def _post(self, body: dict[str, Any]) -> Reply:
        path = "/v1/completions" if "prompt" in body else "/v1/chat/completions"
        response = await post(self._http, path, body)
        if response.status_code == httpx.codes.BAD_REQUEST and "context" in response.text:
            raise Unanswered("prompt-too-long", one_line(response.text))
        if response.status_code != httpx.codes.OK:
            kind = TryAgain if response.status_code in RETRIED_STATUSES else Unanswered
            raise kind(f"http-{response.status_code}", one_line(response.text))
        try:
            return Completion.model_validate_json(response.content).reply()
        except ValidationError as error:
            raise TryAgain("bad-response", "the answer is not OpenAI's format") from error

    def _body(self, prompt: Prompt, manner: Manner) -> dict[str, Any]:
        scoring = manner.scoring
        body: dict[str, Any] = {"model": self._model, "temperature": 0, "seed": 0, "stream": False}
        body["max_tokens"] = 1 if scoring == "logprobs" else TOKENS_OF_A_WRITTEN_ANSWER
        if manner.form == COMPLETION:
            body["prompt"] = prompt.text
            if scoring == "logprobs":
                body["logprobs"] = CANDIDATES
        else:
            body["messages"] = prompt.messages
            if scoring == "logprobs":
                body |= {"logprobs": True, "top_logprobs": CANDIDATES}
        if manner.form == CHAT_WITHOUT_THINKING:
            body["chat_template_kwargs"] = {"enable_thinking": False}
        if scoring == "schema":
            schema = answer_schema(prompt.choices)
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
        try:
            names = [entry.id for entry in Models.model_validate_json(response.content).data]
        except ValidationError as error:
            raise TryAgain("bad-response", "its list of models cannot be read") from error
        if self._model not in names:
            raise JudgeUnavailable(
                f"the server at {self._url} has no model '{self._model}'; "
                f"it has: {one_line(', '.join(names))}."
            )

    async def _server_version(self) -> str:
        """Return vLLM's or Ollama's version, where the server tells one."""
        for path in ("/version", "/api/version"):
            response = await self._http.get(path)
            if response.status_code == httpx.codes.OK:
                try:
                    return Version.model_validate_json(response.content).version
                except ValidationError:
                    continue
        return "unknown"

    async def _told_slots(self) -> int | None:
        response = await self._http.get("/props")
        if response.status_code != httpx.codes.OK:
            return None
        try:
            return Properties.model_validate_json(response.content).total_slots
        except ValidationError:
            return None


def server_key(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the key of the environment, or None.

    Raises:
        ConfigError: It holds what no key can.
    """
    return key_of(KEY_VARIABLES, environment)
