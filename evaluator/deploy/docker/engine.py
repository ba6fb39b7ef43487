"""The Docker engine: reaching it, and saying in one sentence what it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evaluator.errors import DeploymentFailed

NETWORK = "ollama-net"
LABEL = "llm-judge-evaluator"
"""On every container, network and volume that these commands make, with what it is as the value."""

NO_GPU_DRIVER = "could not select device driver"
PORT_IN_USE = ("port is already allocated", "address already in use", "ports are not available")


@contextmanager
def docker_engine() -> Iterator[Any]:
    """Yield a client of the engine that `DOCKER_HOST` or Docker's current context names.

    Raises:
        DeploymentFailed: No engine answers, or it may not be used.
    """
    try:
        from docker import from_env
        from docker.errors import DockerException
    except ImportError:
        raise DeploymentFailed(
            "these commands need the docker package: pip install 'llm-judge-evaluator[docker]'."
        ) from None
    try:
        client = from_env()
    except (DockerException, OSError, ValueError) as error:
        raise DeploymentFailed(_unreachable(error)) from error
    try:
        with refusals_explained():
            yield client
    finally:
        client.close()


@contextmanager
def refusals_explained() -> Iterator[None]:
    """Turn what the engine refuses into a sentence.

    Raises:
        DeploymentFailed: It refused something.
    """
    from docker.errors import APIError, DockerException
    from requests import RequestException

    try:
        yield
    except APIError as error:
        raise DeploymentFailed(explanation(error)) from error
    except (DockerException, RequestException) as error:
        raise DeploymentFailed(
            f"the Docker engine stopped answering ({_one_line(str(error))}); is it still running?"
        ) from error


def explanation(error: Any) -> str:
    """Return the sentence for a refusal of the engine's.

    Args:
        error: A `docker.errors.APIError`.
    """
    said = _one_line(str(error.explanation or error))
    if lacks_gpu_driver(error):
        return (
            "this Docker engine cannot give a container a GPU: install the NVIDIA Container "
            "Toolkit and restart Docker, or judge on the CPU with --cpu."
        )
    if any(words in said for words in PORT_IN_USE):
        return (
            "the port that Ollama is to be reached at is in use, maybe by an Ollama outside of "
            "Docker: stop that, judge with it (--judge-url), or take another port with --port "
            f"({said})."
        )
    return f"the Docker engine refused: {said}."


def lacks_gpu_driver(error: Any) -> bool:
    """Whether the engine refused because it knows no way to give a container a GPU."""
    return NO_GPU_DRIVER in str(error.explanation or error)


def _unreachable(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    if isinstance(error, PermissionError):
        return (
            "you may not use the Docker engine: have yourself added to the group docker, or ask as "
            "a user who may."
        )
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return (
        f"no Docker engine answers ({_one_line(said)}); start Docker, or say with DOCKER_HOST "
        "where it runs."
    )


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
