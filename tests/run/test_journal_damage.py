"""A journal whose file was damaged loses what was damaged and no more."""

import logging
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.protocol import Usage
from evaluator.judge.asking import Answer
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading
from evaluator.run import journal as module
from evaluator.run.journal import Journal

from .notes import NOTES, Note, contains_in_order, read, written


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


@pytest.mark.parametrize(
    ("said", "absurd"),
    [
        (b'"mass":0.75', b'"mass":-5'),
        (b'"mass":0.75', b'"mass":NaN'),
        (b'"logit":1.5', b'"logit":"NaN"'),
        (b'"logit":1.5', b'"logit":-Infinity'),
    ],
)
def test_a_reading_that_no_judge_can_give_is_damage_whatever_its_checksum(
    tmp_path: Path, said: bytes, absurd: bytes
) -> None:
    path = tmp_path / "answers.jsonl"
    answer = Answer(Question("cars", "soup"), Reading(1.5, 0.75), Usage(9, None, 1), 0.5)
    with Journal(path, Answer) as journal:
        journal.append(answer)
    whole = path.read_bytes()
    content = whole.rstrip(b"\n").partition(b" ")[2].replace(said, absurd)
    path.write_bytes(b"%08x %s\n%s" % (zlib.crc32(content), content, whole))
    assert absurd in content
    assert list(Journal(path, Answer)) == [answer]


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
