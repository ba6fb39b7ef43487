"""From a judge's name to a backend."""

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.protocol import Backend, Prompt, PullProgress
from evaluator.errors import ConfigError


def open_backend(
    spec: JudgeSpec,
    *,
    timeout: float,
    concurrency: int,
    pull: PullProgress | None,
    probe: Prompt,
) -> Backend:
    """Return the backend that a spec names, not yet entered.

    Args:
        spec: The judge.
        timeout: Seconds that a request to a server may take.
        concurrency: Requests in flight at a time, for servers.
        pull: Progress of pulling a missing model; None refuses to pull.
        probe: A question to find out how a model is best asked.

    Raises:
        ConfigError: The environment makes the `ollama` package fail, or holds a broken key.
    """
    if spec.backend == "embedded":
        from evaluator.backends.embedded import EmbeddedBackend

        return EmbeddedBackend(spec.gguf)
    assert spec.model is not None
    assert spec.url is not None
    if spec.backend == "openai":
        from evaluator.backends.openai import OpenAIBackend

        return OpenAIBackend(
            spec.model, spec.url, timeout=timeout, concurrency=concurrency, probe=probe
        )
    import httpx

    try:
        # At its import the ollama package makes a client of its own from the environment.
        from evaluator.backends.ollama import OllamaBackend
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        raise ConfigError(
            "the ollama package cannot be imported with OLLAMA_HOST and the proxies of this "
            f"environment: {str(error).rstrip('.')}."
        ) from error

    return OllamaBackend(
        spec.model, spec.url, timeout=timeout, concurrency=concurrency, probe=probe, pull=pull
    )
