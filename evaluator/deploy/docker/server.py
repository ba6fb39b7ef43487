"""The container that Ollama runs in: made once, found again, and used whoever made it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.deploy.docker.engine import LABEL, NETWORK, lacks_gpu_driver
from evaluator.deploy.docker.image import pull_image
from evaluator.errors import ConfigError, DeploymentFailed
from evaluator.run.progress import Progress

logger = logging.getLogger(__name__)

CONTAINER = "ollama"
VOLUME = "ollama"
MODELS = "/root/.ollama"
PORT = "11434/tcp"
DEFAULT_IMAGE = "ollama/ollama"
DEFAULT_PORT = 11434
CPU = "none"
ALL_GPUS = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the container is to be; what is None stays as it is, or takes its default.

    Attributes:
        image: The image that holds Ollama.
        port: The port of this machine at which it is reached.
        gpus: `all`, a number, `device=` with ids, or `none`; by default all, if there are any.
    """

    image: str | None = None
    port: int | None = None
    gpus: str | None = None

    @property
    def given(self) -> Mapping[str, str]:
        """The wishes that were spoken, by the option that speaks them."""
        spoken = {"--image": self.image, "--port": self.port, "--gpus": self.gpus}
        return {flag: str(value) for flag, value in spoken.items() if value is not None}


def find_server(client: Any) -> Any | None:
    """Return the container, or None where there is none of that name."""
    from docker.errors import NotFound

    try:
        return client.containers.get(CONTAINER)
    except NotFound:
        return None


def is_ours(container: Any) -> bool:
    """Whether these commands made the container."""
    return bool(container.labels.get(LABEL) == "judge")


def start_server(client: Any, wishes: Wishes, progress: Progress) -> Any:
    """Return the running container, making or starting it where it is not.

    Raises:
        DeploymentFailed: The one of that name is not as it should be.
        ConfigError: `gpus` cannot be understood.
    """
    container = find_server(client)
    if container is None:
        return _make(client, wishes, progress)
    _check_that_it_fits(container, wishes)
    if container.status != "running":
        container.start()
        container.reload()
    return container


def published_url(container: Any) -> str | None:
    """Return where the container is reached from this machine, or None where it is not."""
    ports = container.attrs["NetworkSettings"]["Ports"].get(PORT)
    return f"http://127.0.0.1:{ports[0]['HostPort']}" if ports else None


def _check_that_it_fits(container: Any, wishes: Wishes) -> None:
    if NETWORK not in container.attrs["NetworkSettings"]["Networks"]:
        raise DeploymentFailed(
            f"a container named {CONTAINER} is there that is not on the network {NETWORK}: add it "
            f"with `docker network connect {NETWORK} {CONTAINER}`, or remove or rename it."
        )
    if wishes.given and not is_ours(container):
        raise DeploymentFailed(
            f"`evaluator docker up` did not make the container {CONTAINER} and does not change it: "
            f"leave out {', '.join(wishes.given)}, or remove the container."
        )
    for flag, wished in wishes.given.items():
        made_with = container.labels.get(_label(flag))
        if made_with != wished:
            raise DeploymentFailed(
                f"the container {CONTAINER} was made with {flag} {made_with}, not {wished}: run "
                "`evaluator docker down` first, which keeps its models."
            )


def _make(client: Any, wishes: Wishes, progress: Progress) -> Any:
    from docker.errors import APIError

    gpus = wishes.gpus or ALL_GPUS
    image, port = wishes.image or DEFAULT_IMAGE, wishes.port or DEFAULT_PORT
    requests = _device_requests(gpus)
    pull_image(client, image, progress)
    client.volumes.create(VOLUME, labels={LABEL: "models"})
    made_with = {"--image": image, "--port": str(port), "--gpus": gpus}
    container = client.containers.create(
        image,
        name=CONTAINER,
        network=NETWORK,
        # Ollama knows no passwords, so that only this machine is let in.
        ports={PORT: ("127.0.0.1", port)},
        volumes={VOLUME: {"bind": MODELS, "mode": "rw"}},
        labels={LABEL: "judge", **{_label(flag): value for flag, value in made_with.items()}},
        restart_policy={"Name": "unless-stopped"},
        device_requests=requests,
    )
    try:
        container.start()
    except APIError as error:
        container.remove(force=True)
        if wishes.gpus is not None or not lacks_gpu_driver(error):
            raise
        logger.warning("this Docker engine gives containers no GPU: judging on the CPU")
        without = Wishes(image=image, port=port, gpus=CPU)
        return _make(client, without, progress)
    container.reload()
    return container


def _device_requests(gpus: str) -> list[Any]:
    from docker.types import DeviceRequest

    if gpus == CPU:
        return []
    if gpus == ALL_GPUS:
        return [DeviceRequest(count=-1, capabilities=[["gpu"]])]
    if gpus.isdecimal() and int(gpus) > 0:
        return [DeviceRequest(count=int(gpus), capabilities=[["gpu"]])]
    ids = [one for one in gpus.removeprefix("device=").split(",") if one]
    if gpus.startswith("device=") and ids:
        return [DeviceRequest(device_ids=ids, capabilities=[["gpu"]])]
    raise ConfigError(f"--gpus takes all, a number or device=ID,ID, not '{gpus}'.")


def _label(flag: str) -> str:
    return f"{LABEL}.{flag.removeprefix('--')}"
