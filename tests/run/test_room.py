import shutil
from pathlib import Path

import pytest

from evaluator.run.room import room_at


def test_the_room_of_a_folder_to_be_made_is_that_of_the_nearest_above_it(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    assert room_at(tmp_path / "made" / "later" / "last").there == tmp_path / "made"
    assert room_at(tmp_path / "made").there == tmp_path / "made"


def test_a_relative_path_is_looked_for_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert room_at(Path("later")).there == tmp_path


def test_the_free_bytes_are_those_that_the_disk_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1234)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert room_at(tmp_path / "later").free == 1234
