"""From a judge's name to a backend."""

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.protocol import Backend, PullProgress
from evaluator.errors import ConfigError


def open_backend(
    spec: JudgeSpec, *, timeout: float, concurrency: int, pull: PullProgress | None
) -> Backend:
    """Return the backend that a spec names, not yet entered.

    Args:
        spec: The judge.
        timeout: Seconds that a request to a server may take.
        concurrency: Requests in flight at a time, for servers.
        pull: Progress of pulling a missing model; None refuses to pull.
    """
    if spec.backend == "embedded":
        from evaluator.backends.embedded import EmbeddedBackend

        return EmbeddedBackend(spec.gguf)
    try:
        from evaluator.backends.ollama import OllamaBackend
    except ValueError as error:  # the ollama package reads OLLAMA_HOST when it is imported
        raise ConfigError(f"OLLAMA_HOST is not a server address: {error}.") from error

    assert spec.model is not None and spec.url is not None
    return OllamaBackend(spec.model, spec.url, timeout=timeout, concurrency=concurrency, pull=pull)
