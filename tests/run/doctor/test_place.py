"""The save directory, looked at without a trace."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evaluator.errors import StorageFailed
from evaluator.run.doctor.place import save_directory_step
from evaluator.run.doctor.walking import Found
from evaluator.run.holding import held
from evaluator.run.settings import DoctorSettings


class Space(NamedTuple):
    total: int
    used: int
    free: int


def looked_at(**given: Any) -> Found:
    return save_directory_step(DoctorSettings(**given)).check()


def test_without_a_model_the_default_directory_is_none_of_our_business() -> None:
    assert looked_at().state == "skipped"


def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    wanted = tmp_path / "deep" / "run"
    found = looked_at(save_to=wanted)
    assert found.state == "ok"
    assert found.text.startswith(f"{wanted}, not yet there, ")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_there_is_left_as_it_was(tmp_path: Path) -> None:
    with held(tmp_path):
        pass
    before = sorted(path.name for path in tmp_path.iterdir())
    assert looked_at(save_to=tmp_path).text.startswith(f"{tmp_path}, there, ")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_directory_in_use_tells_by_whom(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(StorageFailed) as error:
        looked_at(save_to=tmp_path)
    assert f"{tmp_path} is in use by process {os.getpid()} on " in str(error.value)


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.touch()
    with pytest.raises(StorageFailed, match="run is a file; name a directory"):
        looked_at(save_to=path)


def test_a_file_on_its_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="cannot be written: Not a directory; name another"):
        looked_at(save_to=tmp_path / "file" / "run")


@contextmanager
def unwritable(folder: Path) -> Iterator[Path]:
    folder.chmod(0o555)
    try:
        yield folder
    finally:
        folder.chmod(0o755)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with unwritable(tmp_path), pytest.raises(StorageFailed, match="Permission denied"):
        looked_at(save_to=tmp_path / "run")


def test_a_disk_that_is_nearly_full_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly_full = Space(1 << 40, (1 << 40) - (100 << 20), 100 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly_full)
    found = save_directory_step(DoctorSettings(save_to=tmp_path)).check()
    assert (found.state, found.text) == ("warning", f"{tmp_path}, there, 100 MiB free")
