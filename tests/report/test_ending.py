import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.report.ending import MOST_BYTES, Ending, ending_of
from evaluator.report.summary import Summary
from evaluator.report.wording import headline


def test_an_ending_is_the_result_in_a_sentence_and_in_numbers(summary: Summary) -> None:
    told = json.loads(ending_of(summary, 6).within())
    assert (told["exit_code"], told["message"]) == (6, headline(summary))
    assert told["figures"]["total"] == 11
    assert told["figures"]["accuracy"]["value"] == summary.accuracy.value
    assert told["figures"]["gate"]["reasons"] == list(summary.gate.reasons)


def test_what_does_not_fit_is_left_out_and_the_figures_stay(summary: Summary) -> None:
    gate = summary.gate.model_copy(update={"reasons": ("long " * 900,)})
    told = json.loads(ending_of(summary.model_copy(update={"gate": gate}), 1).within())
    assert told["figures"]["gate"] == {
        "passed": False,
        "too_many_unscored": True,
        "reasons": [],
        "checks": [],
    }


@searching
@given(st.text(max_size=3_000), st.integers(400, MOST_BYTES))
def test_any_message_fits_and_stays_json(message: str, most: int) -> None:
    try:
        message.encode()
    except UnicodeEncodeError:
        return
    told = Ending(exit_code=3, message=message).within(most)
    assert len(told.encode()) <= most
    shown = json.loads(told)["message"]
    assert shown == message or message.startswith(shown.rstrip("…"))


@pytest.mark.parametrize("character", ["é", "\x00", "𝄞"])
def test_a_message_is_not_cut_to_nothing(character: str) -> None:
    told = Ending(exit_code=3, message=character * 10_000).within()
    assert len(json.loads(told)["message"]) > 300
