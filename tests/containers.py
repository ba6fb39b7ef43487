"""A real Docker engine for tests: the images that they share, and a clean place to use them."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from running import PATIENCE, Ended

ROOT = Path(__file__).parent.parent
IMAGE = "evaluator:test"
EMBEDDED = "evaluator:test-embedded"
OLLAMA = "ollama/ollama"
"""What the tests call so is the protocol server of `ollama_server` with a small real model."""

OUR_IMAGES = (IMAGE, EMBEDDED, OLLAMA, "evaluator")
OUR_VOLUMES = ("ollama", "evaluator-cache")

BUILD_ARGS = "DOCKER_BUILD_ARGS"
"""Names the variable with further arguments of `docker build`, as `.ci/docker` finds them."""


def shell(command: str, cwd: Path | None = None, **environment: str) -> Ended:
    """Run a line of shell, as a user types it."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1_200,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def build(image: str, target: str) -> None:
    """Build an image as the documentation says."""
    done = shell(
        f"make image TARGET={target} IMAGE={image} "
        f"BUILD_ARGS={shlex.quote(os.environ.get(BUILD_ARGS, ''))}",
        cwd=ROOT,
    )
    assert done.code == 0, done.out[-3_000:] + done.err[-3_000:]


def in_the_way(client: Any) -> list[str]:
    """What the engine holds under the names that the tests use, and that is not theirs to touch."""
    named = {
        "container": [one.name for one in client.containers.list(all=True)],
        "network": [one.name for one in client.networks.list()],
        "volume": [one.name for one in client.volumes.list()],
        "image": [tag for one in client.images.list() for tag in one.tags],
    }
    used = {"ollama-net", *OUR_VOLUMES, *(f"{name}:latest" for name in OUR_IMAGES)}
    return [f"{kind} {name}" for kind, names in named.items() for name in names if name in used]


def clean(client: Any) -> None:
    """Remove what a test may have made, by the names that were free before."""
    for container in client.containers.list(all=True):
        if container.attrs["Config"]["Image"] in OUR_IMAGES or container.name == "ollama":
            container.remove(force=True, v=True)
    for network in client.networks.list(names=["ollama-net"]):
        network.remove()
    for volume in client.volumes.list():
        if volume.name in OUR_VOLUMES:
            volume.remove(force=True)


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something to become true."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
