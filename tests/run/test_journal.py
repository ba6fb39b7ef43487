"""The journal under damage, kills and full disks."""

import errno
import logging
import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from running import environment

from evaluator.backends.protocol import Usage
from evaluator.classifier.prediction import Classification
from evaluator.errors import StorageFailed
from evaluator.judge.asking import Answer
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading
from evaluator.run import journal as module
from evaluator.run.journal import Journal


@dataclass(frozen=True)
class Note:
    number: int
    text: str = ""


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**63)
ANSWERS = st.builds(
    Answer,
    st.builds(Question, TEXTS, TEXTS),
    st.builds(Reading, FLOATS, st.floats(0, 1)),
    st.builds(Usage, COUNTS, st.none() | COUNTS, COUNTS),
    FLOATS,
)
CLASSIFICATIONS = st.builds(Classification, TEXTS, TEXTS, st.floats(0, 1), st.booleans(), COUNTS)
NOTES = st.lists(st.builds(Note, st.integers(), TEXTS), max_size=8)


def written(path: Path, records: Iterable[Note]) -> list[Note]:
    path.unlink(missing_ok=True)
    kept = list(records)
    with Journal(path, Note) as journal:
        for record in kept:
            journal.append(record)
    return kept


def read(path: Path) -> list[Note]:
    return list(Journal(path, Note))


def contains_in_order(found: Sequence[Note], wanted: Iterable[Note]) -> bool:
    rest = iter(found)
    return all(any(one == other for other in rest) for one in wanted)


def test_a_journal_without_a_file_is_empty_and_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    with Journal(path, Note) as journal:
        assert list(journal) == []
    assert list(tmp_path.iterdir()) == []


@searching
@given(st.lists(st.lists(ANSWERS, max_size=5), max_size=3))
def test_answers_of_any_starts_come_back_as_they_were(
    tmp_path: Path, starts: list[list[Answer]]
) -> None:
    path = tmp_path / "answers.jsonl"
    path.unlink(missing_ok=True)
    for records in starts:
        with Journal(path, Answer) as journal:
            for record in records:
                journal.append(record)
    assert list(Journal(path, Answer)) == [record for records in starts for record in records]


@searching
@given(st.lists(CLASSIFICATIONS, max_size=5))
def test_classifications_come_back_as_they_were(
    tmp_path: Path, records: list[Classification]
) -> None:
    path = tmp_path / "classifications.jsonl"
    path.unlink(missing_ok=True)
    with Journal(path, Classification) as journal:
        for record in records:
            journal.append(record)
    assert list(Journal(path, Classification)) == records


def test_a_record_can_be_read_as_soon_as_it_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, Note) as journal:
        for number in range(3):
            journal.append(Note(number))
            assert len(read(path)) == number + 1


@searching
@given(NOTES, st.data())
def test_a_replaced_stretch_costs_only_the_lines_it_touches(
    tmp_path: Path, notes: list[Note], data: st.DataObject
) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path, notes)
    content = path.read_bytes() if records else b""
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    replacement = data.draw(st.binary(max_size=20))
    path.write_bytes(content[:start] + replacement + content[end:])
    untouched = []
    position = 0
    for record, line in zip(records, content.splitlines(keepends=True), strict=True):
        before, position = position, position + len(line)
        # A line begins where the one before it ends: that newline must be there too.
        if position <= start or before > end:
            untouched.append(record)
    found = read(path)
    assert contains_in_order(found, untouched)
    assert contains_in_order(records, found)


@searching
@given(NOTES, st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=10))
def test_flipped_bytes_cost_only_the_lines_they_are_in(
    tmp_path: Path, notes: list[Note], flips: list[tuple[int, int]]
) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path, notes)
    content = bytearray(path.read_bytes() if records else b"")
    lines = bytes(content).splitlines(keepends=True)
    for position, mask in flips if content else ():
        content[position % len(content)] ^= mask
    path.write_bytes(content)
    untouched = []
    position = 0
    for record, line in zip(records, lines, strict=True):
        before, position = max(0, position - 1), position + len(line)
        if content[before:position].removeprefix(b"\n") == line:
            untouched.append(record)
    found = read(path)
    assert contains_in_order(found, untouched)
    assert contains_in_order(records, found)


@searching
@given(NOTES.filter(bool), st.integers(0, 10_000), st.lists(st.builds(Note, st.integers())))
def test_what_is_appended_after_a_torn_line_is_kept(
    tmp_path: Path, notes: list[Note], cut: int, later: list[Note]
) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, notes)
    content = path.read_bytes()
    kept = content[: cut % len(content)]
    path.write_bytes(kept)
    with Journal(path, Note) as journal:
        whole = list(journal)
        for record in later:
            journal.append(record)
    assert whole == notes[: len(whole)]
    assert len(whole) >= kept.count(b"\n")
    assert read(path) == whole + later


def test_a_damaged_line_is_told_with_its_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, [Note(1), Note(2), Note(3)])
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"number":2', b'"number":7'))
    with caplog.at_level(logging.WARNING):
        assert read(path) == [Note(1), Note(3)]
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} line 2 is damaged: doing it again"
    ]


def test_many_damaged_lines_are_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, [Note(number) for number in range(1, 7)])
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = b"torn\n"
    lines[4] = b"\n"
    path.write_bytes(b"".join(lines) + bytes(4_096))
    with caplog.at_level(logging.WARNING):
        assert read(path) == [Note(1), Note(3), Note(4), Note(6)]
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} has 3 damaged lines, the first is line 2: doing them again"
    ]


@pytest.mark.parametrize("longest", [1, 7, 20, 40, 1_000])
def test_an_overlong_line_is_one_damaged_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    longest: int,
) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, [Note(1), Note(2)])
    first, second = path.read_bytes().splitlines(keepends=True)
    assert 30 < len(first) < 40  # 8 of checksum, a space, 23 of JSON, a newline
    path.write_bytes(first + b"x" * 39 + b"\n" + b"y" * 40 + b"\n" + second + b"z" * 41)
    monkeypatch.setattr(module, "LONGEST_RECORD", longest)
    with caplog.at_level(logging.WARNING):
        assert read(path) == ([Note(1), Note(2)] if longest >= 40 else [])
    damaged = 3 if longest >= 40 else 5
    assert f"has {damaged} damaged lines" in caplog.text


def test_zeros_that_a_power_cut_left_cost_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path, [Note(1), Note(2)])
    with path.open("ab") as content:
        content.write(bytes(10_000))
    with Journal(path, Note) as journal:
        journal.append(Note(3))
    assert read(path) == [*records, Note(3)]


def test_fields_that_a_later_version_added_are_passed_over(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class LaterNote:
        number: int
        text: str = ""
        author: str = "someone"

    path = tmp_path / "journal.jsonl"
    with Journal(path, LaterNote) as journal:
        journal.append(LaterNote(1, "a"))
    assert read(path) == [Note(1, "a")]


def test_a_record_of_another_layout_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, [Note(1, "a"), Note(2, "b")])
    assert list(Journal(path, Classification)) == []


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


def test_a_closed_journal_can_be_opened_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", Note)
    for number in range(3):
        with journal:
            journal.append(Note(number))
    assert list(journal) == [Note(0), Note(1), Note(2)]


def test_a_failure_in_the_context_keeps_what_was_appended(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", Note)
    with pytest.raises(ZeroDivisionError), journal:
        journal.append(Note(1))
        raise ZeroDivisionError
    assert list(journal) == [Note(1)]


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
