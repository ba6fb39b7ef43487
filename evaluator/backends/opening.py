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
        concurrency: Requests in flight at a time, at each server.
        pull: Progress of pulling a missing model; None refuses to pull.
        probe: A question to find out how a model is best asked.

    Raises:
        ConfigError: The environment makes the `ollama` package fail, or holds a broken key.
    """
    if spec.backend == "embedded":
        from evaluator.backends.embedded import EmbeddedBackend

        return EmbeddedBackend(spec.gguf)
    assert spec.model is not None
    served: dict[str, Backend] = {}
    for url in spec.urls:
        if spec.backend == "openai":
            from evaluator.backends.openai import OpenAIBackend

            served[url] = OpenAIBackend(
                spec.model, url, timeout=timeout, concurrency=concurrency, probe=probe
            )
        else:
            import_ollama()
            from evaluator.backends.ollama import OllamaBackend

            served[url] = OllamaBackend(
                spec.model, url, timeout=timeout, concurrency=concurrency, probe=probe, pull=pull
            )
    if len(served) == 1:
        return served.popitem()[1]
    from evaluator.backends.replicas import Replicas

    return Replicas(served, timeout)


def import_ollama() -> None:
    """Import the ollama package, which at its import makes a client from the environment.

    Raises:
        ConfigError: It cannot.
    """
    import httpx

    try:
        import ollama  # noqa: F401
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        raise ConfigError(
            "the ollama package cannot be imported with OLLAMA_HOST and the proxies of this "
            f"environment: {str(error).rstrip('.')}."
        ) from error
