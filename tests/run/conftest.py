"""What the tests of a run share: a full disk, progress that is kept, and runs that are done."""

import random
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from disks import mounted
from rated_run import judged_run
from sharded_run import LABELS, Configured, shards, stored_verdicts, write_cases

from evaluator.judge.matrix_file import matrix_json
from evaluator.run.progress import Advance, Progress
from evaluator.run.settings import RunSettings


class KeptProgress:
    """Keeps what the stages tell: (stage, total, unit, done before, done at its end)."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None, str, int, int]] = []

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        return self._stage(name, total, unit, done)

    @contextmanager
    def _stage(self, name: str, total: int | None, unit: str, done: int) -> Iterator[Advance]:
        finished = done

        def advance(count: int) -> None:
            nonlocal finished
            finished += count

        yield advance
        self.stages.append((name, total, unit, done, finished))


@pytest.fixture
def progress() -> KeptProgress:
    return KeptProgress()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    with mounted(tmp_path / "disk", kib=64) as disk:
        yield disk


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that tests read; those that write there copy it first."""
    return judged_run(tmp_path_factory.mktemp("judged"))


@pytest.fixture
def configured(tmp_path: Path, tiny_model: Path) -> Configured:
    """Make the settings of a run by a small GPT-2, whose batches are other ones in shards."""
    matrix = tmp_path / "verdicts.json"
    matrix.write_text(matrix_json(stored_verdicts(LABELS)), "utf-8")
    usual = {
        "data": tmp_path / "cases.jsonl",
        "model_path": tiny_model,
        "matrix": matrix,
        "calibration": "none",
        "save_to": tmp_path / "root",
        "junit": True,
        "max_unscored": 1,
    }
    return lambda **changes: RunSettings.model_validate({**usual, **changes})


@pytest.fixture(scope="session")
def kept_shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what every test would make anew."""
    return tmp_path_factory.mktemp("shards")


@pytest.fixture
def two_shards(
    kept_shards: Path, configured: Configured, tmp_path: Path, progress: Progress
) -> Path:
    """The root of two shards that are done."""
    write_cases(tmp_path / "cases.jsonl", random.Random(2), 20)
    if not list(kept_shards.iterdir()):
        shards(configured, 2, progress, save_to=kept_shards)
    return shutil.copytree(kept_shards, tmp_path / "root")
