"""What is appended to a journal is what is read from it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.protocol import Usage
from evaluator.classifier.prediction import Classification
from evaluator.judge.asking import Answer
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading
from evaluator.run.journal import Journal

from .notes import TEXTS, Note, read, written

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
