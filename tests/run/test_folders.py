import errno
import os
from pathlib import Path

import pytest

from evaluator.run.folders import force_names, make_folder


def forced_folders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the inode of each folder whose names are forced to the disk."""
    forced, fsync = [], os.fsync

    def watching(descriptor: int) -> None:
        forced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    return forced


def test_the_name_of_each_folder_that_is_made_is_forced_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced = forced_folders(monkeypatch)
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    folders = (tmp_path.parent, tmp_path, tmp_path / "a")
    assert forced == [folder.stat().st_ino for folder in folders]


def test_the_name_of_a_folder_that_is_there_is_forced_for_one_who_was_killed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    forced = forced_folders(monkeypatch)
    make_folder(tmp_path / "a")
    assert forced == [tmp_path.stat().st_ino]


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file" / "below")


def test_a_file_system_that_cannot_force_names_is_used_and_a_failing_disk_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = errno.EINVAL

    def failing(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", failing)
    force_names(tmp_path)
    code = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        force_names(tmp_path)
