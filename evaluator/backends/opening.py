"""From a judge's name to a backend."""

from collections.abc import Callable
from functools import partial

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.paced import PacedServer, Server
from evaluator.backends.pacing import MOST_IN_FLIGHT
from evaluator.backends.places import Place, is_named
from evaluator.backends.protocol import Backend, Prompt, PullProgress
from evaluator.backends.replicas import Replicas
from evaluator.errors import ConfigError


def open_backend(
    spec: JudgeSpec,
    *,
    timeout: float,
    concurrency: int | None,
    pull: PullProgress | None,
    probe: Prompt,
) -> Backend:
    """Return the backend that a spec names, not yet entered.

    Args:
        spec: The judge.
        timeout: Seconds that a request to a server may take.
        concurrency: Requests in flight at a time, at each server; None finds the number.
        pull: Progress of pulling a missing model; None refuses to pull.
        probe: A question to find out how a model is best asked.

    Raises:
        ConfigError: The environment makes the `ollama` package fail, or holds a broken key, or the
            certificates cannot be used.
    """
    if spec.backend == "embedded":
        from evaluator.backends.embedded import EmbeddedBackend

        return EmbeddedBackend(spec.gguf)
    most = concurrency or MOST_IN_FLIGHT

    def server_at(place: Place) -> Backend:
        server = _server(spec, place, timeout=timeout, concurrency=most, pull=pull, probe=probe)
        return server if concurrency else PacedServer(server)

    if spec.backend == "ollama":
        import_ollama()
    if len(spec.urls) == 1 and not is_named(spec.urls[0]):
        return server_at(Place(spec.urls[0]))
    return Replicas(spec.urls, server_at, timeout)


def _server(
    spec: JudgeSpec,
    place: Place,
    *,
    timeout: float,
    concurrency: int,
    pull: PullProgress | None,
    probe: Prompt,
) -> Server:
    assert spec.model is not None
    backend: Callable[..., Server]
    if spec.backend == "openai":
        from evaluator.backends.openai import OpenAIBackend

        backend = OpenAIBackend
    else:
        from evaluator.backends.ollama import OllamaBackend

        backend = partial(OllamaBackend, pull=pull)
    return backend(
        spec.model,
        place.url,
        timeout=timeout,
        concurrency=concurrency,
        address=place.address,
        probe=probe,
        ca_file=spec.ca_file,
    )


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
