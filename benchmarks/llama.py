"""llama.cpp in this process, asked in forms that the embedded judge does not use."""

import json
import os
import secrets
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluator.backends.embedded import CANDIDATES, CONTEXT_TOKENS
from evaluator.backends.protocol import Reply, TokenProbability, Usage


class Llama:
    """One slot, reset to a prompt's constant part before every question, as the embedded judge.

    Args:
        gguf: The model file.
    """

    def __init__(self, gguf: Path) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.swa_full = True
        threads = max(1, (os.cpu_count() or 1) // 2)
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cache_ram_mib = 0
        params.n_ctx_checkpoints = 0
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        self._key = secrets.token_urlsafe(32)
        params.api_keys = [self._key]
        self._server: Any = xllamacpp.Server(params)
        self._warm_constant: str | None = None

    def render(self, messages: Sequence[dict[str, str]]) -> str:
        """Return a conversation in the model's chat template, up to where its answer begins.

        llama.cpp gives a model without a template the one that it calls chatml.
        """
        request = urllib.request.Request(
            f"{self._server.listening_address}/apply-template",
            data=json.dumps({"messages": list(messages)}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=60) as response:
            rendered: str = json.load(response)["prompt"]
        return rendered

    def ask(
        self, constant: str, question: str, *, tokens: int, choices: Sequence[str] = ()
    ) -> Reply:
        """Return the answer to a question after its constant part.

        Args:
            constant: What all questions begin with.
            question: The rest of the prompt.
            tokens: The most to generate.
            choices: The only answers that a JSON schema allows; none for a free answer.
        """
        if constant != self._warm_constant:
            # What another constant part left behind, and a cold start, would move the logits.
            self._complete(constant, tokens=0, cache_prompt=False)
            self._complete(constant + question, tokens=1)
            self._warm_constant = constant
        self._complete(constant, tokens=0)
        schema = {"json_schema": {"type": "string", "enum": list(choices)}} if choices else {}
        response = self._complete(constant + question, tokens=tokens, **schema)
        choice, usage = response["choices"][0], response["usage"]
        first = choice["logprobs"]["content"][0]["top_logprobs"]
        return Reply(
            tuple(TokenProbability(item["token"], item["logprob"]) for item in first),
            Usage(usage["prompt_tokens"], None, usage["completion_tokens"]),
            choice["text"],
        )

    def _complete(self, prompt: str, *, tokens: int, **more: Any) -> Any:
        body = {
            "prompt": prompt,
            "n_predict": tokens,
            "temperature": 0,
            "n_probs": CANDIDATES,
            "cache_prompt": True,
        }
        response = self._server.handle_completions(body | more)
        assert "error" not in response, response["error"]
        return response
