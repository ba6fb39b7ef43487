"""A judge inside this process: llama.cpp through `xllamacpp`."""

import asyncio
import os
import secrets
import threading
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evaluator.backends.gguf import SHA256 as PACKAGED_SHA256
from evaluator.backends.gguf import packaged_gguf
from evaluator.backends.protocol import (
    Durations,
    JudgeIdentity,
    Prompt,
    Reply,
    TokenProbability,
    TryAgain,
    Unanswered,
    Usage,
)
from evaluator.cases.digest import file_sha256
from evaluator.errors import ConfigError, JudgeUnavailable

CONTEXT_TOKENS = 2048
CANDIDATES = 20
GGUF_MAGIC = b"GGUF"
CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")


class EmbeddedBackend:
    """One llama.cpp slot, reset to the prompt's beginning before every question.

    The cache state that a question leaves behind moves the next one's logits; after a reset the
    answer depends on the prompt alone, so verdicts are bit-equal in any order and after a restart.

    Args:
        gguf: The model file, or None for the packaged one.
    """

    concurrency = 1

    def __init__(self, gguf: Path | None) -> None:
        self._gguf = gguf
        self._server: Any = None
        self._key = secrets.token_urlsafe(32)
        self._identity: JudgeIdentity | None = None
        self._warm_prefix: str | None = None
        self._checked_constant: str | None = None
        # A question that timed out still runs in its thread; the next one must not mix with it.
        self._turn = threading.Lock()

    async def __aenter__(self) -> "EmbeddedBackend":
        """Load the model.

        Raises:
            ConfigError: The given file does not exist or is no GGUF file.
            JudgeUnavailable: The model cannot be loaded, or a package it needs is not installed.
        """
        await asyncio.to_thread(self._load)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Free the model."""
        self._server = None

    @property
    def identity(self) -> JudgeIdentity:
        """Which weights answer, and which llama.cpp runs them."""
        assert self._identity is not None, "not entered"
        return self._identity

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the first answer token's distribution."""
        return await asyncio.to_thread(self._ask, prompt)

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return the likeliest continuation of a prompt on its line."""
        return await asyncio.to_thread(self._explain, prompt, tokens)

    async def require_unchanged(self) -> None:
        """Check nothing: the weights are in this process."""

    async def outside_gpu(self) -> None:
        """Return None: llama.cpp in this process does not tell where the model lies."""

    def _load(self) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise JudgeUnavailable(without_llama_cpp("embedded", error)) from None
        path, digest = model_file(self._gguf)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.swa_full = True
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = processor_threads()
        params.cache_ram_mib = 0
        params.n_ctx_checkpoints = 0
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        # The binding always opens a loopback port; a random key keeps it to ourselves.
        params.api_keys = [self._key]
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise JudgeUnavailable(
                f"llama.cpp cannot load {path}: is the file complete?"
            ) from error
        self._identity = JudgeIdentity(
            backend="embedded",
            model=path.name,
            digest=f"sha256:{digest}",
            server_version=f"xllamacpp {xllamacpp.__version__}",
            options=(f"n_ctx={CONTEXT_TOKENS}", "n_parallel=1", "swa_full=true"),
        )
        # A server that is let go before its loop has begun waits for that loop for ever.
        self._complete("ready", candidates=0, reuse=False)

    def _ask(self, prompt: Prompt) -> Reply:
        with self._turn:
            self._reset(prompt)
            response = self._complete(prompt.text, candidates=CANDIDATES)
        try:
            top = response["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        except (KeyError, IndexError, TypeError):
            raise Unanswered("no-logprobs", "llama.cpp gave no token") from None
        candidates = tuple(TokenProbability(item["token"], item["logprob"]) for item in top)
        return Reply(candidates, _usage(response), durations=_durations(response))

    def _explain(self, prompt: Prompt, tokens: int) -> Reply:
        with self._turn:
            self._reset(prompt)
            response = self._complete(prompt.text, candidates=0, tokens=tokens, stop=["\n"])
        said = response["choices"][0]["text"]
        return Reply((), _usage(response), said, _durations(response))

    def _reset(self, prompt: Prompt) -> None:
        """Bring the slot to the state in which nothing but the prompt's beginning was read."""
        if self._warm_prefix != prompt.prefix:
            # What is left of another beginning would move the logits of this one, and the first
            # answer after a new start differs from all later ones, so it is thrown away.
            self._warm_prefix = None
            if self._checked_constant != prompt.constant:
                self._require_distinct_answers(prompt)
            self._checked_constant = prompt.constant
            self._complete(prompt.prefix, candidates=0, reuse=False)
            self._complete(prompt.text, candidates=0)
            self._warm_prefix = prompt.prefix
        self._complete(prompt.prefix, candidates=0)

    def _require_distinct_answers(self, prompt: Prompt) -> None:
        """Refuse answer words that begin with the same token where they would be written.

        Raises:
            ConfigError: Two of them do.
        """
        texts = [prompt.text, *(f"{prompt.text} {choice}" for choice in prompt.choices)]
        before, *tokenized = self._tokens_of(texts)
        words: dict[int | None, str] = {}
        for choice, tokens in zip(prompt.choices, tokenized, strict=True):
            added = (new for old, new in zip_longest(before, tokens) if new != old)
            first = next(added, None)
            if first in words:
                raise ConfigError(
                    f"the model {self.identity.model} begins '{words[first]}' and '{choice}' with "
                    "the same token, the only one that is read: choose other answer words in the "
                    "rubric."
                )
            words[first] = choice

    def _tokens_of(self, texts: list[str]) -> list[list[int]]:
        """Return each prompt's tokens. The binding has no call for it, but its own port does."""
        import httpx

        with httpx.Client(
            base_url=self._server.listening_address,
            headers={"authorization": f"Bearer {self._key}"},
            trust_env=False,
        ) as client:
            try:
                answers = [
                    client.post("/tokenize", json={"content": text, "add_special": True})
                    for text in texts
                ]
                return [answer.raise_for_status().json()["tokens"] for answer in answers]
            except httpx.HTTPError as error:
                raise TryAgain("judge-error", f"llama.cpp cannot tokenize: {error}") from error

    def _complete(
        self,
        text: str,
        *,
        candidates: int,
        reuse: bool = True,
        tokens: int = 1,
        stop: Sequence[str] = (),
    ) -> Any:
        response = self._server.handle_completions(
            {
                "prompt": text,
                "n_predict": tokens,
                "stop": list(stop),
                "temperature": 0,
                "n_probs": candidates,
                "cache_prompt": reuse,
            }
        )
        fault = response.get("error")
        if fault is None:
            return response
        if fault.get("type") == "exceed_context_size_error":
            raise Unanswered("prompt-too-long", fault.get("message", ""))
        raise TryAgain("judge-error", str(fault.get("message", fault)))


def _usage(response: Any) -> Usage:
    counts = response["usage"]
    read = counts["prompt_tokens"]
    cached = counts["prompt_tokens_details"]["cached_tokens"]
    return Usage(read, read - cached, counts["completion_tokens"])


def _durations(response: Any) -> Durations:
    spent = response["timings"]
    return Durations(0.0, 0.0, spent["prompt_ms"] / 1000, spent["predicted_ms"] / 1000)


def processor_threads() -> int:
    """Return half of the processors this process may use.

    llama.cpp's threads wait for each other by spinning: with one on every processor, any other
    busy program slows the judge manyfold, while half of them cost little on an idle machine.
    """
    return max(1, _processors() // 2)


def _processors() -> int:
    """Return the processors that affinity and, in a container, the CPU limit leave to us."""
    affinity = getattr(os, "sched_getaffinity", None)
    there = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = CPU_LIMIT.read_text("ascii").split()
        return min(there, max(1, int(quota) // int(period)))
    except (OSError, ValueError):  # not on Linux, or without a limit ("max")
        return there


def without_llama_cpp(judge: str, error: ImportError) -> str:
    """Return the sentence for a judge whose library is not installed or cannot be loaded."""
    if isinstance(error, ModuleNotFoundError):
        return f"the {judge} judge needs xllamacpp: pip install 'llm-judge-evaluator[embedded]'."
    return f"xllamacpp, which the {judge} judge needs, cannot be loaded here: {error}."


def model_file(given: Path | None) -> tuple[Path, str]:
    """Return a model file, the packaged one for None, and its SHA-256.

    Raises:
        ConfigError: The given file cannot be read or is no GGUF file.
        JudgeUnavailable: The packaged one cannot be assembled.
    """
    return _packaged() if given is None else _given(given)


def _packaged() -> tuple[Path, str]:
    """Return the packaged model and its SHA-256, which was checked on the way."""
    return packaged_gguf(), PACKAGED_SHA256


def _given(path: Path) -> tuple[Path, str]:
    """Return the user's model and its SHA-256."""
    try:
        with path.open("rb") as content:
            magic = content.read(len(GGUF_MAGIC))
    except OSError as error:
        raise ConfigError(f"the judge model {path} cannot be read: {error.strerror}.") from error
    if magic != GGUF_MAGIC:
        raise ConfigError(f"the judge model {path} is not a GGUF file.")
    return path, file_sha256(path)
