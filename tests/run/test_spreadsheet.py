import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.run.spreadsheet import FORMULA_STARTS, harmless, meant


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert harmless(f"{start}1+1").startswith("'")


def test_a_carriage_return_does_not_end_a_row() -> None:
    assert harmless("ships\rtrains") == "ships trains"


@given(label=st.text(st.characters(exclude_characters="\r", codec="utf-8"), max_size=8))
@searching
def test_what_was_written_is_read(label: str) -> None:
    assert meant(harmless(label)) == label


@pytest.mark.parametrize("label", ["'-", "''=1", "'", "-'"])
def test_an_apostrophe_of_the_label_is_no_mark(label: str) -> None:
    assert meant(harmless(label)) == label


def test_an_apostrophe_that_marks_nothing_stays() -> None:
    assert meant("'tis") == "'tis"
