"""A reading of a model's vectors: llama.cpp in embedding mode, inside this process."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluator.backends.embedded import (
    CONTEXT_TOKENS,
    model_file,
    processor_threads,
    without_llama_cpp,
)
from evaluator.backends.protocol import JudgeIdentity
from evaluator.errors import JudgeUnavailable

Vector = tuple[float, ...]


class EmbeddingBackend:
    """One llama.cpp slot that returns a text's vector, the mean over its tokens.

    Args:
        gguf: The model file, or None for the packaged one.
    """

    def __init__(self, gguf: Path | None) -> None:
        self._gguf = gguf
        self._server: Any = None
        self._identity: JudgeIdentity | None = None

    async def __aenter__(self) -> "EmbeddingBackend":
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
        """Which weights give the vectors, and which llama.cpp runs them."""
        assert self._identity is not None, "not entered"
        return self._identity

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return each text's vector.

        One text a call: in a batch a vector would depend on its neighbours' lengths.

        Raises:
            JudgeUnavailable: llama.cpp fails at a text.
        """
        return [await asyncio.to_thread(self._embed, text) for text in texts]

    def _embed(self, text: str) -> Vector:
        response = self._server.handle_embeddings({"input": [text]})
        try:
            return tuple(response["data"][0]["embedding"])
        except (KeyError, IndexError, TypeError) as error:
            raise JudgeUnavailable(f"llama.cpp gave no vector for '{text[:80]}'.") from error

    def _load(self) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise JudgeUnavailable(without_llama_cpp("embedding", error)) from None
        path, digest = model_file(self._gguf)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = processor_threads()
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        params.api_keys = [secrets.token_urlsafe(32)]  # the loopback port is nobody else's
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise JudgeUnavailable(
                f"llama.cpp cannot load {path}: is the file complete?"
            ) from error
        self._identity = JudgeIdentity(
            backend="embedding",
            model=path.name,
            digest=f"sha256:{digest}",
            server_version=f"xllamacpp {xllamacpp.__version__}",
            options=(f"n_ctx={CONTEXT_TOKENS}", "pooling=mean"),
            scoring="cosine",
        )
        # A server that is let go before its loop has begun waits for that loop for ever.
        self._embed("ready")
