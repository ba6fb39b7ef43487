"""A run in a container on the judge's network: as this user, and with no rights beyond it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluator.backends.gguf import cache_dir
from evaluator.backends.naming import DEFAULT_OLLAMA_MODEL
from evaluator.backends.ollama_facts import KEY_VARIABLE as OLLAMA_KEY
from evaluator.backends.openai import KEY_VARIABLES as OPENAI_KEYS
from evaluator.deploy.docker.engine import LABEL, NETWORK, docker_engine
from evaluator.deploy.docker.judge import URL_ON_NETWORK
from evaluator.deploy.docker.mounting import Job, job_for
from evaluator.deploy.docker.network import ensure_network
from evaluator.deploy.docker.server import CONTAINER, find_server
from evaluator.errors import DeploymentFailed, StorageFailed
from evaluator.run.settings import RunSettings
from evaluator.storage.store import STORE_VARIABLES

DEFAULT_IMAGE = "evaluator"
STOP_SECONDS = 30
"""For the run to close its journals after SIGTERM; then it is killed, and still loses nothing."""

PASSED_ON = (OLLAMA_KEY, *OPENAI_KEYS, "HF_TOKEN", *STORE_VARIABLES)
"""Keys that a run may need, handed over in its environment."""

Output = Callable[[bytes, bool], None]
"""Called with what the run wrote, and whether it wrote it to standard error."""


def judged_on_network(settings: RunSettings) -> RunSettings:
    """Return settings in which the judge is the one on the network where none is named."""
    if "judge" in settings.model_fields_set or settings.matrix is not None:
        return settings
    model = settings.judge_model or DEFAULT_OLLAMA_MODEL
    return settings.model_copy(update={"judge": (f"ollama:{model}",), "judge_model": None})


def run_in_container(
    settings: RunSettings, image: str, arguments: tuple[str, ...], output: Output
) -> int:
    """Do a run in a container, and return its exit code.

    Ctrl-C and SIGTERM stop the container as `docker stop` does, and are raised again.

    Args:
        settings: The run's settings.
        image: The evaluator's image.
        arguments: Further arguments for the run, about its output.
        output: Takes what the run writes.

    Raises:
        DeploymentFailed: The container cannot be made or started.
        StorageFailed: A folder that it is to write cannot be made.
    """
    settings = judged_on_network(settings)
    job = job_for(settings, cache_dir())
    _make_folders(job)
    with docker_engine() as client:
        ensure_network(client)
        _check_judge(client, settings)
        container = _create(client, image, job, arguments)
        try:
            return _follow(container, output)
        except KeyboardInterrupt:
            container.stop(timeout=STOP_SECONDS)
            raise
        finally:
            container.remove(force=True)


def _make_folders(job: Job) -> None:
    """Make the folders that are written; Docker would make them for root."""
    for folder in job.written:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageFailed.at_writing(folder, error) from error


def _check_judge(client: Any, settings: RunSettings) -> None:
    """Refuse to start a run whose judge is the one on the network when that is not up."""
    asked = [spec for spec in settings.judge if spec.partition(":")[0] == "ollama"]
    elsewhere = settings.judge_url or all("@" in spec for spec in asked)
    if elsewhere or settings.matrix is not None:
        return
    container = find_server(client)
    if container is None or container.status != "running":
        raise DeploymentFailed(
            f"no container named {CONTAINER} runs on {NETWORK}: start the judge with "
            "`evaluator docker up`, or name another with --judge-url."
        )


def _create(client: Any, image: str, job: Job, arguments: tuple[str, ...]) -> Any:
    from docker.errors import ImageNotFound
    from docker.types import Mount

    cache = job.written[-1]
    mounts = [
        *(Mount(str(path), str(path), type="bind", read_only=True) for path in job.read),
        *(Mount(str(path), str(path), type="bind") for path in job.written),
    ]
    try:
        return client.containers.create(
            image,
            [*job.arguments, *arguments],
            network=NETWORK,
            mounts=mounts,
            user=_user(),
            read_only=True,
            tmpfs={"/tmp": ""},  # noqa: S108 - the container's own
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            extra_hosts={"host.docker.internal": "host-gateway"},
            environment=_environment(cache),
            labels={LABEL: "job"},
        )
    except ImageNotFound as error:
        raise DeploymentFailed(
            f"the image {image} is not on this Docker engine: build it with `make image`, fetch it "
            "with `docker pull`, or name another with --image."
        ) from error


def _user() -> str | None:
    """Return who the run is to be: whoever asks for it, so that the results are theirs."""
    return None if sys.platform == "win32" else f"{os.getuid()}:{os.getgid()}"


def _environment(cache: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    return {
        **kept,
        "OLLAMA_HOST": URL_ON_NETWORK,
        "EVALUATOR_CACHE": str(cache),
        "HF_HOME": str(cache / "huggingface"),
        "SCIKIT_LEARN_DATA": str(cache / "scikit_learn_data"),
    }


def _follow(container: Any, output: Output) -> int:
    """Start a container, hand on what it writes, and return its exit code."""
    stream = container.attach(stdout=True, stderr=True, stream=True, logs=True, demux=True)
    container.start()
    for out, err in stream:
        if out:
            output(out, False)
        if err:
            output(err, True)
    code: int = container.wait()["StatusCode"]
    container.reload()
    if container.attrs["State"]["OOMKilled"]:
        raise DeploymentFailed(
            "the run was killed because it ran out of memory; give Docker more, or lower "
            "--batch-tokens, then run the same command again, which continues where it stopped."
        )
    return code
