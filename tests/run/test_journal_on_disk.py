"""The journal under kills and on disks that fail."""

import errno
import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import environment

from evaluator.classifier.prediction import Classification
from evaluator.errors import StorageFailed
from evaluator.run import journal as module
from evaluator.run.journal import Journal

from .notes import Note, read

WRITE_UNTIL_KILLED = """
import sys
from pathlib import Path
from evaluator.classifier.prediction import Classification
from evaluator.run.journal import Journal
with Journal(Path(sys.argv[1]), Classification) as journal:
    for number in range(int(sys.argv[2]), 10**9):
        journal.append(Classification(str(number), "x" * (number * 977 % 5000), 0.5, False, 1))
        print(number, flush=True)
"""


def test_a_killed_process_loses_no_record_that_it_had_appended(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    draw = random.Random(3)
    kept = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path), str(kept)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert process.stdout is not None
        for _ in range(draw.randint(1, 300)):
            process.stdout.readline()
        process.kill()
        rest, _ = process.communicate()
        *_, last, _ = ["-1", "-1", *rest.split("\n")]  # the last line may be torn
        found = [record.text_sha256 for record in Journal(path, Classification)]
        assert found == [str(number) for number in range(len(found))]
        assert len(found) > max(int(last), kept)
        kept = len(found)


def test_records_reach_the_disk_in_groups_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced = 0
    fsync = os.fsync

    def counting(descriptor: int) -> None:
        nonlocal forced
        forced += not stat.S_ISDIR(os.fstat(descriptor).st_mode)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    monkeypatch.setattr(module, "COMMIT_SECONDS", 1e9)
    with Journal(tmp_path / "journal.jsonl", Note) as journal:
        for number in range(2 * module.COMMIT_RECORDS + 1):
            journal.append(Note(number))
        assert forced == 2
    assert forced == 3
    monkeypatch.setattr(module, "COMMIT_SECONDS", 0.0)
    with Journal(tmp_path / "journal.jsonl", Note) as journal:
        journal.append(Note(0))
        assert forced == 4
    assert forced == 4  # nothing was left to force


def test_a_full_disk_is_a_storage_failure_and_loses_nothing(tiny_disk: Path) -> None:
    path = tiny_disk / "journal.jsonl"
    filler = tiny_disk / "filler"
    filler.write_bytes(bytes(30_000))
    appended = []
    with pytest.raises(StorageFailed, match="No space left"), Journal(path, Note) as journal:
        for number in range(1000):
            journal.append(Note(number, "x" * 700))
            appended.append(Note(number, "x" * 700))
    assert 10 < len(appended) < 100
    assert read(path) == appended
    with pytest.raises(StorageFailed), Journal(path, Note) as journal:
        journal.append(Note(-1))
    filler.unlink()
    with Journal(path, Note) as journal:
        journal.append(Note(-2))
    assert read(path) == [*appended, Note(-2)]


@pytest.mark.parametrize("group", [1, 200])
def test_a_disk_that_fails_when_forced_is_a_storage_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    monkeypatch.setattr(module, "COMMIT_RECORDS", group)
    journal = Journal(tmp_path / "journal.jsonl", Note)
    with pytest.raises(StorageFailed, match="cannot be written: Input/output error"), journal:
        journal.append(Note(1))


def put_another_in_its_place(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


@pytest.mark.parametrize(
    "disturb",
    [Path.unlink, put_another_in_its_place, lambda path: shutil.rmtree(path.parent)],
    ids=["deleted", "replaced", "deleted with its folder"],
)
@pytest.mark.parametrize("group", [1, 200])
def test_a_journal_that_is_no_longer_in_its_place_is_a_storage_failure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    disturb: Callable[[Path], None],
    group: int,
) -> None:
    path = tmp_path / "run" / "journal.jsonl"
    monkeypatch.setattr(module, "COMMIT_RECORDS", group)
    gone = f"{path} was deleted or replaced while the run worked, and what it kept is lost; run"
    with pytest.raises(StorageFailed, match=gone), Journal(path, Note) as journal:
        journal.append(Note(1))
        disturb(path)
        journal.append(Note(2))
    assert not path.exists() or read(path) == [Note(1)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_disk_without_room_is_a_storage_failure() -> None:
    journal = Journal(Path("/dev/full"), Note)
    with pytest.raises(StorageFailed, match="/dev/full cannot be written: No space left"), journal:
        journal.append(Note(1))


def test_a_path_that_cannot_hold_a_journal_is_a_storage_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = Journal(tmp_path / "file" / "journal.jsonl", Note)
    with pytest.raises(StorageFailed, match="cannot be written"):
        below.append(Note(1))
    with pytest.raises(StorageFailed, match="cannot be read"):
        list(below)
    with pytest.raises(StorageFailed, match="cannot be read"):
        list(Journal(tmp_path, Note))
