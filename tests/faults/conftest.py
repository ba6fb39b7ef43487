"""What the faults strike: a small run whose judge counts what it is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import mounted
from ollama_server import OllamaServer
from running import evaluator
from small_run import GatedJudge, judge_command, judge_server, write_predictions


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    """A judge that answers at once."""
    with judge_server(seconds=0.0) as running:
        yield running


@pytest.fixture
def gated() -> Iterator[GatedJudge]:
    """A judge that keeps a run at work until its gate opens."""
    with GatedJudge() as running:
        yield running


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    return write_predictions(tmp_path / "predictions.csv")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 768 KiB."""
    with mounted(tmp_path / "disk", kib=768) as folder:
        yield folder


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run of the same predictions to which nothing happened."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with judge_server(seconds=0.0) as running:
        command = judge_command(write_predictions(folder / "p.csv"), running, folder / "run")
        assert evaluator(*command).code == 0
    return folder / "run"
