"""One run a directory; `tests/faults/test_two_runs.py` lets real commands meet in one."""

import errno
import fcntl
import json
import logging
import os
import platform
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from disks import fill

from evaluator.classifier.prediction import Classification
from evaluator.errors import EvaluatorError, JudgeChanged, ModelChanged, StorageFailed
from evaluator.run.directory import write_whole
from evaluator.run.holding import held
from evaluator.storage import mirror
from evaluator.storage.location import located
from evaluator.storage.store import Store


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def turned_away(path: Path) -> str:
    with pytest.raises(StorageFailed) as caught, held(path):
        pass
    return str(caught.value)


def test_the_folder_is_made_and_its_holder_named_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a" / "run"
    with held(path) as directory:
        assert directory.path == path
        holder = json.loads(directory.holder_file.read_bytes())
        assert (holder["pid"], holder["host"]) == (os.getpid(), platform.node())
        age = datetime.now(UTC) - datetime.fromisoformat(holder["since"])
        assert 0 <= age.total_seconds() < 60
    assert names_in(path) == [".lock"]
    assert (path / ".lock").stat().st_size == 0


def test_it_is_held_once_at_a_time_and_by_anyone_afterwards(tmp_path: Path) -> None:
    with held(tmp_path):
        assert turned_away(tmp_path).startswith(
            f"{tmp_path} is in use by process {os.getpid()} on {platform.node()}, since "
        )
    for failure in (ZeroDivisionError(), KeyboardInterrupt(), StorageFailed("the disk is full.")):
        with pytest.raises(type(failure)), held(tmp_path):
            raise failure
    with held(tmp_path), held(tmp_path / "another"):
        pass


def test_forgetting_the_earlier_run_keeps_the_lock(tmp_path: Path) -> None:
    with held(tmp_path) as directory:
        with directory.classifications() as journal:
            journal.append(Classification("digest", "cars", 0.5, False, 3))
        directory.forget()
        assert names_in(tmp_path) == [".holder.json", ".lock"]
        assert "is in use by process" in turned_away(tmp_path)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\x00" * 4_096,
        b'{"pid": 12, "ho',
        b"[]",
        b'{"pid": -1, "host": "a", "since": "b"}',
        b'{"pid": 1, "host": "' + b"a" * 300 + b'", "since": "b"}',
        b'{"pid": 1, "host": "a", "since": "' + b"b" * 10_000_000 + b'"}',
    ],
    ids=lambda record: repr(record[:20]),
)
def test_a_holders_damaged_name_is_left_out(tmp_path: Path, record: bytes) -> None:
    with held(tmp_path) as directory:
        directory.holder_file.write_bytes(record)
        assert turned_away(tmp_path) == (
            f"{tmp_path} is in use by another process; "
            "wait until that run has ended, or use another --save-to."
        )


def test_a_name_that_cannot_be_read_or_removed_is_left_out(tmp_path: Path) -> None:
    with held(tmp_path) as directory:
        directory.holder_file.unlink()
        assert "another process" in turned_away(tmp_path)
        directory.holder_file.mkdir()
        assert "another process" in turned_away(tmp_path)
    with held(tmp_path):  # a name that is in the way holds nobody up
        pass


@pytest.mark.parametrize(
    ("changed", "kept"),
    [(JudgeChanged, {"classifications.jsonl"}), (ModelChanged, {"answers.jsonl", "reasons.jsonl"})],
)
def test_what_one_said_that_changed_meanwhile_is_forgotten(
    tmp_path: Path, changed: type[EvaluatorError], kept: set[str]
) -> None:
    with pytest.raises(changed), held(tmp_path) as directory:
        directory.answers_file.parent.mkdir()
        for file in (
            directory.answers_file,
            directory.answers_file.with_name("answers-references.jsonl"),
            directory.explanations_file,
            directory.classifications_file,
        ):
            file.write_text("said\n", "utf-8")
        raise changed("changed.")
    left = {path.name for path in (tmp_path / ".journal").iterdir()}
    assert left - {"answers-references.jsonl"} == kept


@pytest.mark.parametrize("next_start", ["here", "on another machine"])
def test_answers_of_two_judges_are_forgotten_at_a_url_too(
    next_start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"memory:/{tmp_path}/run"
    monkeypatch.setattr(mirror, "UPLOAD_SECONDS", 0.01)
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / "here"))
    with pytest.raises(JudgeChanged), held(located(url)) as directory:
        write_whole(directory.run_file, "{}")
        directory.answers_file.parent.mkdir(exist_ok=True)
        directory.answers_file.write_text("of the one judge\n", "utf-8")
        directory.classifications_file.write_text("of the classifier\n", "utf-8")
        while not any("answers" in name for name in Store(url).objects()):
            time.sleep(0.01)
        raise JudgeChanged("the judge changed.")
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / next_start))
    with held(located(url)) as directory:
        assert directory.run_file.exists()
        assert not directory.answers_file.exists()
        assert directory.classifications_file.read_text("utf-8") == "of the classifier\n"


def test_a_full_disk_takes_the_name_but_not_the_lock(tiny_disk: Path) -> None:
    with held(tiny_disk):
        pass
    fill(tiny_disk, pages_left=0)
    with held(tiny_disk) as directory:
        assert not directory.holder_file.exists()
        assert "another process" in turned_away(tiny_disk)
    assert names_in(tiny_disk) == [".lock", "ballast"]


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_used_with_a_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    def refuse(*lock: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    leftover = tmp_path / ".run.json.abcdefgh.unfinished"
    leftover.touch()
    with caplog.at_level(logging.WARNING), held(tmp_path) as directory:
        directory.summary_file.touch()
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path} is on a file system without locks: start no second run in it"
    ]
    assert leftover.exists()  # it may be another process's, at work
    assert directory.summary_file.exists()


def test_another_failure_of_the_lock_is_a_storage_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*lock: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", fail)
    assert turned_away(tmp_path).startswith(f"{tmp_path / '.lock'} cannot be written: Input/output")


def test_a_lock_file_that_is_none_is_a_storage_failure(tmp_path: Path) -> None:
    (tmp_path / "a" / ".lock").mkdir(parents=True)
    assert "a/.lock cannot be written: Is a directory" in turned_away(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "b" / ".lock").symlink_to(tmp_path / "elsewhere")
    assert "b/.lock cannot be written: " in turned_away(tmp_path / "b")
    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_what_killed_starts_left_half_written_is_swept_and_nothing_else(tmp_path: Path) -> None:
    kept = [".run.json.original", "run.json.unfinished", ".notes.abcdefgh.unfinished", "notes"]
    results = ("run.json", "cases.jsonl", "matrix.json", "pairs.csv", "summary.json", "report.md")
    leftovers = [f".{name}.a1_b2c3d.unfinished" for name in (*results, ".holder.json")]
    for name in (*leftovers, *kept):
        (tmp_path / name).touch()
    (tmp_path / ".summary.json.abcdefgh.unfinished").mkdir()
    with held(tmp_path):
        pass
    assert names_in(tmp_path) == sorted([*kept, ".lock", ".summary.json.abcdefgh.unfinished"])


def test_a_directory_that_vanishes_is_named_with_what_went_with_it(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with pytest.raises(StorageFailed) as caught, held(path) as directory:
        shutil.rmtree(path)
        write_whole(directory.summary_file, "{}")
    assert str(caught.value) == (
        f"{path} was deleted or replaced while the run worked, and what it had computed with it; "
        "run the same command again to start over."
    )
    assert not path.exists()


def test_another_failure_of_the_disk_is_passed_on_as_it_is(tmp_path: Path) -> None:
    failure = StorageFailed("the disk")
    with pytest.raises(StorageFailed) as caught, held(tmp_path):
        raise failure
    assert caught.value is failure
