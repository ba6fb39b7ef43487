"""llama.cpp's own HTTP server on a loopback port, as a user would run it for any client."""

import json
import os
import secrets
import urllib.request
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ALIAS = "judge"
CONTEXT_TOKENS_OF_A_SLOT = 2048
SECONDS_OF_A_REQUEST = 300


class LlamaServer:
    """A server, up while its context manager is entered. It keeps prompts in its cache by default.

    Args:
        gguf: The model file.
        slots: Prompts that it runs at a time.
        embedding: Whether it gives mean-pooled embeddings instead of completions.

    Attributes:
        key: The key that it asks for.
    """

    def __init__(self, gguf: Path, *, slots: int = 1, embedding: bool = False) -> None:
        self._gguf = gguf
        self._slots = slots
        self._embedding = embedding
        self._server: Any = None
        self.key = secrets.token_urlsafe(32)

    def __enter__(self) -> Self:
        """Load the model."""
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._gguf)
        params.model_alias = {ALIAS}
        params.n_ctx = CONTEXT_TOKENS_OF_A_SLOT * self._slots
        params.n_parallel = self._slots
        params.swa_full = True
        threads = max(1, (os.cpu_count() or 1) // 2)
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        if self._embedding:
            params.embedding = True
            params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        params.endpoint_metrics = True
        params.verbosity = -1
        params.ui = False
        params.api_keys = [self.key]
        self._server = xllamacpp.Server(params)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Free the model."""
        self._server = None

    @property
    def url(self) -> str:
        """Where it listens, without `/v1`."""
        address: str = self._server.listening_address
        return address

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON that a request is answered with."""
        return json.loads(self._answer(path, json.dumps(body).encode()))

    def counter(self, name: str) -> int:
        """Return one of the server's own counts since its start, such as `tokens_predicted`."""
        wanted = f"llamacpp:{name}_total "
        lines = self._answer("/metrics", None).decode().splitlines()
        counts = (line.removeprefix(wanted) for line in lines if line.startswith(wanted))
        return int(float(next(counts)))

    def _answer(self, path: str, body: bytes | None) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(f"{self.url}{path}", body, headers)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=SECONDS_OF_A_REQUEST) as response:
            content: bytes = response.read()
        return content


def llama_version() -> str:
    """Return which llama.cpp it is."""
    return f"xllamacpp {version('xllamacpp')}"
