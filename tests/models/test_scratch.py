"""Directories of work in progress."""

from pathlib import Path

import pytest

from evaluator.models.scratch import scratch_folder


def test_a_directory_goes_with_its_work_however_that_ends(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_folder(tmp_path, ".x-") as folder:
        (folder / "file").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_was_renamed_stays(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, ".x-") as folder:
        folder.rename(tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_a_killed_process_left_is_swept_and_what_is_worked_in_is_not(tmp_path: Path) -> None:
    left = tmp_path / ".[x]-left"
    left.mkdir()
    (left / "file").touch()
    others = [tmp_path / ".x-other", tmp_path / "mine"]
    others[0].mkdir()
    others[1].mkdir()
    (tmp_path / ".[x]-link").symlink_to(others[1])
    with scratch_folder(tmp_path, ".[x]-") as one, scratch_folder(tmp_path, ".[x]-") as two:
        assert one.is_dir() and two.is_dir() and one != two
        assert not left.exists()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {".x-other", "mine", ".[x]-link"}
