"""A judge served by Ollama."""

from pathlib import Path
from typing import Any

import httpx
import ollama
from pydantic import ValidationError

from evaluator.backends.ollama_facts import CONTEXT_TOKENS, full_name, has_logprobs, server_key
from evaluator.backends.ollama_models import digest_of, pull_model
from evaluator.backends.ollama_wire import Answer, Failure, Loaded, Version
from evaluator.backends.probing import (
    TOKENS_OF_A_WRITTEN_ANSWER,
    Manner,
    answer_schema,
    best_manner,
)
from evaluator.backends.protocol import (
    JudgeIdentity,
    Prompt,
    PullProgress,
    Reply,
    TryAgain,
    Unanswered,
)
from evaluator.backends.tls import untrusted
from evaluator.backends.transport import RETRIED_STATUSES, client_settings, one_line, post
from evaluator.errors import JudgeChanged, JudgeUnavailable

CANDIDATES = 20  # the most that Ollama gives
KEEP_LOADED = "10m"
PROBE_SECONDS = 10.0
CHAT = "chat"
RAW = "raw"
TEMPLATES_OF_BASE_MODELS = frozenset({"", "{{ .Prompt }}"})
# Any difference in these makes Ollama load the model again, so every request sends the same.
RUNNER_OPTIONS = {"num_ctx": CONTEXT_TOKENS}
# The last three are what the ollama package makes of JSON that is not Ollama's.
UNREACHABLE = (
    ollama.ResponseError,
    OSError,
    httpx.HTTPError,
    httpx.InvalidURL,
    Unanswered,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)
OPTIONS: dict[str, int | float] = {**RUNNER_OPTIONS, "num_predict": 1, "temperature": 0.0}


class OllamaBackend:
    """One model on one Ollama server.

    Instruct models are asked through their chat template with the examples as turns; base models,
    whose template passes the prompt through, are asked with plain text. A server older than log
    probabilities is probed for the next best way to read an answer.

    Args:
        model: Name as in `ollama list`; `latest` is the tag where none is given.
        url: The server's address, with scheme and port.
        timeout: Seconds that a request may take.
        concurrency: Requests in flight at a time.
        address: The IP address to connect to, for a name in the URL that has several.
        probe: A question with a known answer, to find out how to ask an old server.
        pull: Called with (status, completed bytes, total bytes) while a missing model is pulled;
            None refuses to pull.
        ca_file: Certificates of the authorities that vouch for the server; None for the public
            ones.
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
        pull: PullProgress | None = None,
        ca_file: Path | None = None,
    ) -> None:
        self.concurrency = concurrency
        self._probe_seconds = min(timeout, PROBE_SECONDS)
        self._model = full_name(model)
        self._url = url
        self._probe = probe
        self._pull = pull
        # The ollama package would send the key by itself, but not with the questions, and with the
        # newline that secrets often end with.
        key = server_key()

        def settings() -> dict[str, Any]:
            return client_settings(timeout, concurrency, key, address, ca_file)

        self._client = ollama.AsyncClient(host=url, **settings())
        self._http = httpx.AsyncClient(base_url=url, **settings())
        self._identity: JudgeIdentity | None = None
        self._manner = Manner(CHAT, "logprobs")
        self._thinks = False

    async def __aenter__(self) -> "OllamaBackend":
        """Reach the server and find the model, pulling it if that was allowed.

        Raises:
            JudgeUnavailable: The server does not answer or lacks the model.
        """
        try:
            version = await self._server_version()
            digest = await digest_of(self._client, self._model)
            if digest is None and self._pull is not None:
                await pull_model(self._client, self._model, self._pull)
                digest = await digest_of(self._client, self._model)
            if digest is None:
                raise JudgeUnavailable(
                    f"the model '{self._model}' is not on the Ollama server at {self._url}; "
                    f"add --pull, or run: ollama pull {self._model}."
                )
            await self._look_at_model()
            if not has_logprobs(version):
                self._manner = await best_manner(self._probe, self._ask, (self._manner.form,))
        except BaseException as error:
            await self.__aexit__()
            if not isinstance(error, UNREACHABLE):
                raise
            raise JudgeUnavailable(self._unreachable(error)) from error
        self._identity = JudgeIdentity(
            backend="ollama",
            model=self._model,
            digest=digest,
            server_version=version,
            options=(
                f"form={self._manner.form}",
                *(f"{key}={value}" for key, value in sorted(RUNNER_OPTIONS.items())),
            ),
            scoring=self._manner.scoring,
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]
        await self._http.aclose()

    @property
    def identity(self) -> JudgeIdentity:
        """Which model answers, and which server."""
        assert self._identity is not None, "not entered"
        return self._identity

    @property
    def slots(self) -> None:
        """None: Ollama tells only how long a question waited."""

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the first answer token's distribution, or the answer where there is none."""
        return await self._ask(prompt, self._manner)

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return what the model writes after a prompt."""
        path, body = self._request(prompt, Manner(self._manner.form, "text"))
        limits: dict[str, Any] = {"num_predict": tokens}
        if self._manner.form == RAW:  # a base model never ends a line by ending its text
            limits["stop"] = ["\n"]
        answer = await self._post(path, {**body, "options": {**OPTIONS, **limits}})
        return answer.reply(written=True)

    async def require_unchanged(self) -> None:
        """Check that the model's name still leads to the weights that were found at first.

        Raises:
            JudgeChanged: It does not, as after someone pulled or created it anew.
        """
        try:
            digest = await digest_of(self._client, self._model)
        except UNREACHABLE:
            return
        if digest not in (None, self.identity.digest):
            raise JudgeChanged(
                f"the model '{self._model}' was exchanged on the Ollama server at {self._url} "
                f"while it was asked (digest {digest}, was {self.identity.digest}), so the answers "
                "of this run are of two judges and are dropped; use one of the two and start over "
                "with --fresh."
            )

    async def outside_gpu(self) -> float | None:
        """Return the share of the loaded model that Ollama did not get into GPU memory."""
        try:
            response = await self._http.get("/api/ps", timeout=self._probe_seconds)
            loaded = Loaded.model_validate_json(response.content).models
        except (httpx.HTTPError, ValidationError):
            return None
        return next((one.outside_gpu for one in loaded if one.model == self._model), None)

    async def _ask(self, prompt: Prompt, manner: Manner) -> Reply:
        answer = await self._post(*self._request(prompt, manner))
        if manner.scoring == "logprobs" and not answer.candidates:
            raise TryAgain("no-logprobs", "the server gave no log probabilities")
        return answer.reply(written=manner.scoring != "logprobs")

    async def _post(self, path: str, body: dict[str, Any]) -> Answer:
        response = await post(self._http, path, body)
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response)
        try:
            answer = Answer.model_validate_json(response.content)
        except ValidationError as error:
            raise TryAgain("bad-response", "the server's answer is not Ollama's") from error
        if answer.model and full_name(answer.model).casefold() != self._model.casefold():
            raise TryAgain("wrong-model", f"'{one_line(answer.model)}' answered")
        return answer

    def _request(self, prompt: Prompt, manner: Manner) -> tuple[str, dict[str, Any]]:
        """Return the path and the body of a question.

        Sent without the `ollama` package, whose calls cannot say `truncate: false`: without it a
        prompt that does not fit loses its examples in silence.
        """
        body: dict[str, Any] = {
            "model": self._model,
            "stream": False,
            "truncate": False,
            "options": OPTIONS,
            "keep_alive": KEEP_LOADED,
        }
        if manner.scoring == "logprobs":
            body |= {"logprobs": True, "top_logprobs": CANDIDATES}
        else:
            body["options"] = {**OPTIONS, "num_predict": TOKENS_OF_A_WRITTEN_ANSWER}
        if manner.scoring == "schema":
            body["format"] = answer_schema(prompt.choices)
        if self._thinks:
            body["think"] = False
        if manner.form == RAW:
            return "/api/generate", {**body, "raw": True, "prompt": prompt.text}
        return "/api/chat", {**body, "messages": prompt.messages}

    def _refusal(self, response: httpx.Response) -> Exception:
        """Return what an answer other than 200 means for this question."""
        code, said = response.status_code, _error_text(response)
        if code == httpx.codes.NOT_FOUND:
            return JudgeUnavailable(f"the Ollama server at {self._url} lost the model ({said}).")
        if code in RETRIED_STATUSES:
            return TryAgain(f"http-{code}", said)
        if code == httpx.codes.BAD_REQUEST and "context" in said:
            return Unanswered("prompt-too-long", said)
        return Unanswered(f"http-{code}", said)

    async def _server_version(self) -> str:
        response = await self._http.get("/api/version", timeout=self._probe_seconds)
        response.raise_for_status()
        try:
            return Version.model_validate_json(response.content).version
        except ValidationError as error:
            raise TryAgain("bad-response", "its version cannot be read") from error

    async def _look_at_model(self) -> None:
        shown = await self._client.show(self._model)
        is_base = (shown.template or "").strip() in TEMPLATES_OF_BASE_MODELS
        self._manner = Manner(RAW if is_base else CHAT, "logprobs")
        self._thinks = "thinking" in (shown.capabilities or ())

    def _unreachable(self, error: Exception) -> str:
        reason = error.error if isinstance(error, ollama.ResponseError) else error
        refused = untrusted(self._url, error)
        if refused is not None:
            return refused
        detail = one_line(str(reason)) or type(error).__name__
        return (
            f"no Ollama server answers at {self._url} ({detail.rstrip('.')}); "
            "start it with `ollama serve`, or name another with --judge-url."
        )


def _error_text(response: httpx.Response) -> str:
    """Return what a server says went wrong, on one line."""
    try:
        said = str(Failure.model_validate_json(response.content).error)
    except ValidationError:
        said = response.text
    return one_line(said)
