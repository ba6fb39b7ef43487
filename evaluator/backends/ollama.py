"""A judge served by Ollama."""

import os
from typing import Any

import httpx
import ollama
from pydantic import BaseModel, ValidationError

from evaluator.backends.protocol import (
    JudgeIdentity,
    Prompt,
    PullProgress,
    Reply,
    TokenProbability,
    TryAgain,
    Unanswered,
    Usage,
)
from evaluator.backends.transport import RETRIED_STATUSES, client_settings, one_line, post
from evaluator.errors import JudgeUnavailable

CONTEXT_TOKENS = 2048
CANDIDATES = 20  # the most that Ollama gives
KEEP_LOADED = "10m"
KEY_VARIABLE = "OLLAMA_API_KEY"
PROBE_SECONDS = 10.0
FIRST_VERSION_WITH_LOGPROBS = (0, 12, 11)
TEMPLATES_OF_BASE_MODELS = frozenset({"", "{{ .Prompt }}"})
# Any difference in these makes Ollama load the model again, so every request sends the same.
RUNNER_OPTIONS = {"num_ctx": CONTEXT_TOKENS}
UNREACHABLE = (
    ollama.ResponseError,
    OSError,
    httpx.HTTPError,
    httpx.InvalidURL,
    ValueError,
    KeyError,
    TypeError,
)
OPTIONS: dict[str, int | float] = {**RUNNER_OPTIONS, "num_predict": 1, "temperature": 0.0}


class OllamaBackend:
    """One model on one Ollama server.

    Instruct models are asked through their chat template with the examples as turns; base models,
    whose template passes the prompt through, are asked with plain text.

    Args:
        model: Name as in `ollama list`; `latest` is the tag where none is given.
        url: The server's address, with scheme and port.
        timeout: Seconds that a request may take.
        concurrency: Requests in flight at a time.
        pull: Called with (status, completed bytes, total bytes) while a missing model is pulled;
            None refuses to pull.
    """

    def __init__(
        self,
        model: str,
        url: str,
        *,
        timeout: float,
        concurrency: int,
        pull: PullProgress | None = None,
    ) -> None:
        self.concurrency = concurrency
        self._model = model if ":" in model.rpartition("/")[2] else f"{model}:latest"
        self._url = url
        self._pull = pull
        # The ollama package would send the key by itself, but not with the questions, and with the
        # newline that secrets often end with.
        key = os.environ.get(KEY_VARIABLE, "").strip()
        settings = client_settings(timeout, concurrency, key)
        self._client = ollama.AsyncClient(host=url, **settings)
        self._http = httpx.AsyncClient(base_url=url, **settings)
        self._identity: JudgeIdentity | None = None
        self._raw = False
        self._thinks = False

    async def __aenter__(self) -> "OllamaBackend":
        """Reach the server and find the model, pulling it if that was allowed.

        Raises:
            JudgeUnavailable: The server does not answer, is too old, or lacks the model.
        """
        try:
            version = await self._server_version()
            digest = await self._digest()
            if digest is None and self._pull is not None:
                await self._pull_model(self._pull)
                digest = await self._digest()
            if digest is None:
                raise JudgeUnavailable(
                    f"the model '{self._model}' is not on the Ollama server at {self._url}; "
                    f"add --pull, or run: ollama pull {self._model}."
                )
            await self._look_at_model()
        except JudgeUnavailable:
            await self.__aexit__()
            raise
        except UNREACHABLE as error:
            await self.__aexit__()
            raise JudgeUnavailable(self._unreachable(error)) from error
        self._identity = JudgeIdentity(
            backend="ollama",
            model=self._model,
            digest=digest,
            server_version=version,
            options=(
                f"form={'raw' if self._raw else 'chat'}",
                *(f"{key}={value}" for key, value in sorted(RUNNER_OPTIONS.items())),
            ),
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

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the first answer token's distribution."""
        response = await post(self._http, *self._request(prompt))
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response)
        try:
            return _reply(_Response.model_validate_json(response.content))
        except ValidationError as error:
            raise TryAgain("bad-response", "the server's answer is not Ollama's") from error

    def _request(self, prompt: Prompt) -> tuple[str, dict[str, Any]]:
        """Return the path and the body of a question.

        Sent without the `ollama` package, whose calls cannot say `truncate: false`: without it a
        prompt that does not fit loses its examples in silence.
        """
        body: dict[str, Any] = {
            "model": self._model,
            "stream": False,
            "truncate": False,
            "logprobs": True,
            "top_logprobs": CANDIDATES,
            "options": OPTIONS,
            "keep_alive": KEEP_LOADED,
        }
        if self._thinks:
            body["think"] = False
        if self._raw:
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
        response = await self._http.get("/api/version", timeout=PROBE_SECONDS)
        response.raise_for_status()
        version = str(response.json()["version"])
        numbers = version.partition("-")[0].split(".")
        known = tuple(int(part) for part in numbers if part.isdigit())
        if (0, 0, 0) < known < FIRST_VERSION_WITH_LOGPROBS:
            raise JudgeUnavailable(
                f"the Ollama server at {self._url} is version {version}; "
                "log probabilities need 0.12.11 or newer."
            )
        return version

    async def _digest(self) -> str | None:
        for model in (await self._client.list()).models:
            if model.model == self._model:
                return f"sha256:{(model.digest or '').removeprefix('sha256:')}"
        return None

    async def _pull_model(self, report: PullProgress) -> None:
        try:
            async for step in await self._client.pull(self._model, stream=True):
                report(step.status or "pulling", step.completed or 0, step.total or 0)
        except ollama.ResponseError as error:
            raise JudgeUnavailable(
                f"the Ollama server could not pull '{self._model}': {error.error}."
            ) from error

    async def _look_at_model(self) -> None:
        shown = await self._client.show(self._model)
        self._raw = (shown.template or "").strip() in TEMPLATES_OF_BASE_MODELS
        self._thinks = "thinking" in (shown.capabilities or ())

    def _unreachable(self, error: Exception) -> str:
        reason = error.error if isinstance(error, ollama.ResponseError) else str(error)
        detail = one_line(reason) or type(error).__name__
        return (
            f"no Ollama server answers at {self._url} ({detail.rstrip('.')}); "
            "start it with `ollama serve`, or name another with --judge-url."
        )


def _error_text(response: httpx.Response) -> str:
    """Return what a server says went wrong, on one line."""
    try:
        said = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        said = response.text
    return one_line(said)


class _Candidate(BaseModel):
    token: str
    logprob: float


class _Token(BaseModel):
    top_logprobs: list[_Candidate] | None = None


class _Response(BaseModel):
    """What is read of an answer to `/api/chat` or `/api/generate`."""

    logprobs: list[_Token] | None = None
    prompt_eval_count: int = 0
    eval_count: int = 0


def _reply(response: _Response) -> Reply:
    if not response.logprobs or not response.logprobs[0].top_logprobs:
        raise TryAgain("no-logprobs", "the server gave no log probabilities")
    return Reply(
        candidates=tuple(
            TokenProbability(item.token, item.logprob) for item in response.logprobs[0].top_logprobs
        ),
        usage=Usage(
            prompt_tokens=response.prompt_eval_count,
            evaluated_tokens=None,
            generated_tokens=response.eval_count,
        ),
    )
