"""What the tests of a run share: a disk that fills up, and progress that is kept."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from disks import mounted
from rated_run import judged_run

from evaluator.run.progress import Advance


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
