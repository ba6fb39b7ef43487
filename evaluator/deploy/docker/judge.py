"""The judge on this machine: up, looked at, and down again."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evaluator.backends.protocol import PullProgress
from evaluator.deploy.docker.advice import advice
from evaluator.deploy.docker.answering import (
    Answering,
    ask_about_itself,
    ensure_model,
    wait_for_answer,
)
from evaluator.deploy.docker.engine import LABEL, docker_engine
from evaluator.deploy.docker.network import ensure_network, find_network, remove_network
from evaluator.deploy.docker.server import (
    CONTAINER,
    DEFAULT_PORT,
    VOLUME,
    Wishes,
    find_server,
    is_ours,
    published_url,
    start_server,
)
from evaluator.errors import DeploymentFailed
from evaluator.run.progress import Progress

logger = logging.getLogger(__name__)

URL_ON_NETWORK = f"http://{CONTAINER}:{DEFAULT_PORT}"


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge that is ready.

    Attributes:
        url: Where this machine reaches it; containers on the network reach it by its name.
        version: Ollama's version.
        digest: Of the model.
        is_ours: Whether `evaluator docker up` made its container.
    """

    url: str
    version: str
    digest: str
    is_ours: bool


@dataclass(frozen=True, slots=True)
class JudgeStatus:
    """What there is of a judge.

    Attributes:
        network: Whether its network is there.
        container: The state of its container as Docker words it, or None where there is none.
        is_ours: Whether `evaluator docker up` made the container.
        image: The container's image.
        url: Where this machine reaches it.
        answering: What the server tells of itself, or None where it does not answer.
    """

    network: bool
    container: str | None = None
    is_ours: bool = False
    image: str | None = None
    url: str | None = None
    answering: Answering | None = None


def judge_up(wishes: Wishes, model: str, progress: Progress, report: PullProgress) -> Judge:
    """Have Ollama run on the network with a model, doing only what is not done yet.

    Args:
        wishes: How its container is to be.
        model: The model, which is pulled where it is missing.
        progress: Shows how far images are pulled.
        report: Called while the model is pulled.

    Raises:
        DeploymentFailed: Docker or Ollama refuses.
        ConfigError: A wish cannot be understood.
    """
    warning = advice()
    if warning is not None:
        logger.warning("%s", warning)
    with docker_engine() as client:
        ensure_network(client)
        container = start_server(client, wishes, progress)
        url = published_url(container)
        if url is None:
            raise DeploymentFailed(
                f"the container {CONTAINER} publishes no port {DEFAULT_PORT}: make it again with "
                f"`-p {DEFAULT_PORT}:{DEFAULT_PORT}`, or remove it and run `evaluator docker up`."
            )
        version = wait_for_answer(container, url)
        return Judge(url, version, ensure_model(url, model, report), is_ours(container))


def judge_status() -> JudgeStatus:
    """Return what there is of a judge.

    Raises:
        DeploymentFailed: No engine answers.
    """
    with docker_engine() as client:
        network = find_network(client) is not None
        container = find_server(client)
        if container is None:
            return JudgeStatus(network)
        url = published_url(container)
        return JudgeStatus(
            network=network,
            container=container.status,
            is_ours=is_ours(container),
            image=container.attrs["Config"]["Image"],
            url=url,
            answering=None if url is None else ask_about_itself(url),
        )


def judge_logs(*, follow: bool, tail: int | None) -> Iterator[bytes]:
    """Yield what the judge's container wrote.

    Args:
        follow: Whether to wait for more.
        tail: How many lines of the past; None for all.

    Raises:
        DeploymentFailed: There is no such container.
    """
    with docker_engine() as client:
        container = find_server(client)
        if container is None:
            raise DeploymentFailed(
                f"there is no container named {CONTAINER}; start one with `evaluator docker up`."
            )
        yield from container.logs(stream=True, follow=follow, tail="all" if tail is None else tail)


def judge_down(*, volumes: bool) -> list[str]:
    """Remove what `judge_up` made, and nothing else.

    Args:
        volumes: Whether the volume with the models goes, too.

    Returns:
        What became of each part, in sentences.

    Raises:
        DeploymentFailed: Docker refuses.
    """
    with docker_engine() as client:
        told = [_remove_container(client), remove_network(client)]
        if volumes:
            told.append(_remove_volume(client))
    return [sentence for sentence in told if sentence is not None]


def _remove_container(client: Any) -> str | None:
    container = find_server(client)
    if container is None:
        return None
    if not is_ours(container):
        return (
            f"The container {CONTAINER} stays: `evaluator docker up` did not make it. To stop it: "
            f"docker stop {CONTAINER}"
        )
    container.remove(force=True)
    return f"The container {CONTAINER} is removed."


def _remove_volume(client: Any) -> str | None:
    from docker.errors import NotFound

    try:
        volume = client.volumes.get(VOLUME)
    except NotFound:
        return None
    if LABEL not in (volume.attrs["Labels"] or {}):
        return (
            f"The volume {VOLUME} stays: `evaluator docker up` did not make it. To delete its "
            f"models: docker volume rm {VOLUME}"
        )
    volume.remove()
    return f"The volume {VOLUME} and the models in it are removed."
