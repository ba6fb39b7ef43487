"""An engine that runs a GGUF file with llama.cpp in this process."""

import json
import secrets
import threading
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .engine import Candidate, Completion, EngineRefused, Generated

CONTEXT_TOKENS = 2048
NS_PER_MS = 1_000_000


class LlamaEngine:
    """llama.cpp with one slot; a second prompt waits for the first.

    Args:
        gguf_path: The model file.
        threads: Threads that compute. More than there are idle cores makes llama.cpp's threads
            wait for each other, which can cost a hundred times what they save.
    """

    context_tokens = CONTEXT_TOKENS

    def __init__(self, gguf_path: Path | str, *, threads: int = 1) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(gguf_path)
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.swa_full = True
        params.cache_ram_mib = 0
        params.n_ctx_checkpoints = 0
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        self._key = secrets.token_urlsafe(32)
        params.api_keys = [self._key]
        self._llama: Any = xllamacpp.Server(params)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            self._llama = None

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens, with the beginning-of-text token if the model wants one."""
        with self._lock:
            # The binding has no tokenizer of its own; its loopback port does.
            request = urllib.request.Request(
                f"{self._llama.listening_address}/tokenize",
                data=json.dumps({"content": text, "add_special": True}).encode(),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self._key}",
                },
            )
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(request, timeout=600) as response:
                tokens: list[int] = json.load(response)["tokens"]
        return tokens

    def complete(
        self, prompt: str | Sequence[int], n_predict: int, top_logprobs: int
    ) -> Completion:
        """Continue the prompt greedily."""
        request = {
            "prompt": prompt if isinstance(prompt, str) else list(prompt),
            "n_predict": n_predict,
            "temperature": 0,
            "n_probs": max(1, top_logprobs),
            "cache_prompt": True,
        }
        with self._lock:
            response = self._llama.handle_completions(request)
        if "error" in response:
            raise EngineRefused(int(response["error"]["code"]), json.dumps(response))
        return _completion(response, top_logprobs)


def _completion(response: dict[str, Any], top_logprobs: int) -> Completion:
    choice = response["choices"][0]
    timings = response["timings"]
    content = (choice["logprobs"] or {}).get("content", [])
    return Completion(
        tokens=tuple(
            Generated(
                text=item["token"],
                logprob=item["logprob"],
                candidates=tuple(
                    Candidate(other["token"], other["logprob"])
                    for other in item["top_logprobs"][:top_logprobs]
                ),
            )
            for item in content
        ),
        prompt_tokens=response["usage"]["prompt_tokens"],
        stopped=choice["finish_reason"] == "stop",
        prompt_ns=max(1, int(timings["prompt_ms"] * NS_PER_MS)),
        eval_ns=max(1, int(timings["predicted_ms"] * NS_PER_MS)),
    )
