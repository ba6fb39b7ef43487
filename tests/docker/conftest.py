"""Images that are built once for all tests, on an engine that holds nothing of anybody else's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from containers import EMBEDDED, IMAGE, OLLAMA, ROOT, build, clean, in_the_way, shell


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    """A client of the engine."""
    pytest.importorskip("docker.errors", reason="the docker package is not installed")
    from docker import from_env

    if shell("docker version").code != 0:  # the SDK would leave a socket open
        pytest.skip("no Docker engine answers")
    client = from_env()
    taken = in_the_way(client)
    if taken:
        client.close()
        pytest.skip(f"this Docker engine is in use: it holds {', '.join(taken)}")
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(client: Any) -> str:
    """The evaluator's image."""
    build(IMAGE, "evaluator")
    return IMAGE


@pytest.fixture(scope="session")
def embedded_image(image: str) -> str:
    """The image with the packaged judge."""
    build(EMBEDDED, "embedded")
    return EMBEDDED


@pytest.fixture(scope="session")
def ollama_image(client: Any, embedded_image: str) -> Iterator[str]:
    """What stands in for the image of Ollama."""
    client.images.build(
        path=str(ROOT / "tests"),
        dockerfile="docker/judge/Dockerfile",
        tag=OLLAMA,
        rm=True,
        buildargs={"EVALUATOR_IMAGE": embedded_image},
    )
    yield OLLAMA
    client.images.remove(OLLAMA, force=True)


@pytest.fixture
def engine(client: Any, ollama_image: str) -> Iterator[Any]:
    """The engine, with the images and without any container, network or volume of the tests."""
    clean(client)
    yield client
    clean(client)


@pytest.fixture
def world_writable(tmp_path: Path) -> Path:
    """A folder that any user of a container may write to."""
    folder = tmp_path / "out"
    folder.mkdir()
    folder.chmod(0o777)
    return folder
