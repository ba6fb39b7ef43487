"""Caches and permissions inside of Knitfab."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import make_read_only, mounted

from evaluator.deploy.knitfab.obeying import CACHES, obey


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of temporary files; umask and variables are as before in the end."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in CACHES:
        monkeypatch.setenv(name, "")
    before = os.umask(0o077)
    yield folder
    os.umask(before)


def test_caches_that_are_not_named_are_temporary(temporary: Path) -> None:
    obey()
    assert {name: os.environ[name] for name in CACHES} == {
        "EVALUATOR_CACHE": str(temporary / "evaluator"),
        "HF_HOME": str(temporary / "huggingface"),
        "SCIKIT_LEARN_DATA": str(temporary / "scikit_learn_data"),
        "XDG_CACHE_HOME": str(temporary / "cache"),
    }
    assert list(temporary.iterdir()) == []  # made by what needs them


def test_caches_that_can_be_written_or_made_stay(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / "a" / "b"))
    obey()
    assert os.environ["HF_HOME"] == str(tmp_path)
    assert os.environ["EVALUATOR_CACHE"] == str(tmp_path / "a" / "b")


def test_a_cache_below_a_file_is_moved(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file" / "cache"))
    obey()
    assert os.environ["HF_HOME"] == str(temporary / "huggingface")


def test_a_read_only_cache_stays_only_where_it_was_filled(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "image", kib=64) as image:
        (image / "filled").mkdir()
        (image / "filled" / "model").touch()
        (image / "empty").mkdir()
        make_read_only(image)
        monkeypatch.setenv("HF_HOME", str(image / "filled"))
        monkeypatch.setenv("EVALUATOR_CACHE", str(image / "empty"))
        monkeypatch.setenv("SCIKIT_LEARN_DATA", str(image / "missing"))
        obey()
        assert os.environ["HF_HOME"] == str(image / "filled")
        assert os.environ["EVALUATOR_CACHE"] == str(temporary / "evaluator")
        assert os.environ["SCIKIT_LEARN_DATA"] == str(temporary / "scikit_learn_data")


def test_what_is_written_can_be_read_by_all(temporary: Path) -> None:
    obey()
    (temporary / "folder").mkdir()
    (temporary / "file").touch()
    assert (temporary / "folder").stat().st_mode & 0o777 == 0o755
    assert (temporary / "file").stat().st_mode & 0o777 == 0o644
