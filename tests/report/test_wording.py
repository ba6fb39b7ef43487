import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.summary import Summary
from evaluator.report.wording import (
    cautions,
    decimal,
    decimal_interval,
    headline,
    judge_line,
    measures,
    percent,
    percent_interval,
    printable,
)

Summarize = Callable[..., Summary]


def test_numbers_are_rounded_and_absent_ones_are_a_dash() -> None:
    assert (percent(0.12345), percent(0.0), percent(None)) == ("12.3 %", "0.0 %", "–")
    assert (decimal(0.12345), decimal(1.0), decimal(None)) == ("0.123", "1.000", "–")
    assert percent_interval((0.1234, 0.5)) == "95 % CI 12.3–50.0"
    assert decimal_interval((0.1234, 0.5)) == "95 % CI 0.123–0.500"
    assert percent_interval(None) == decimal_interval(None) == "no interval: too few or equal cases"


def test_the_headline_has_accuracy_and_the_relevance_of_misses(summary: Summary) -> None:
    assert headline(summary).startswith(
        "Accuracy is 50.0 % of 10 classified cases (95 % CI 23.7–76.3). "
        "The judge gives its 3 judged misses a mean relevance of 0.503 ("  # (2·0.7311 + 0.0474)/3
    )


def test_without_a_judged_miss_the_headline_is_accuracy_alone(
    summary_of: Summarize, matrix: VerdictMatrix
) -> None:
    right = summary_of(matrix, [Prediction("1", "a", "a"), Prediction("2", "b", "b")])
    # Wilson of 2 of 2: from 1/(1 + 1.96²/2) = 0.3424 to 1.
    assert headline(right) == "Accuracy is 100.0 % of 2 classified cases (95 % CI 34.2–100.0)."


def test_measures_are_the_same_in_every_report(summary: Summary) -> None:
    found = {name: value for name, value, _ in measures(summary)}
    assert found == {
        "accuracy": "50.0 %",
        "macro F1": "0.376",  # (8/11 + 2/5) / 3
        "error relevance": "0.503",
        "relevance score": "0.719",  # (5 + 0.7311 + 0.0237) / 8
        "pass rate at 0.8": "62.5 %",  # 5 of 8
    }


def test_cautions_name_every_weakness_there_is(summary: Summary) -> None:
    text = "\n".join(cautions(summary))
    for words in (
        "not calibrated",
        "do not hold the judge's own error",
        "With a threshold of 0.8 only the correct category passes",
        "depends on the order of the labels in 50.0 % of 2 pairs",
        "For 1 pairs the judge gave less than half",
        "3 of 11 cases are unscored: empty-text 1, outside-label-set 1, timeout 1.",
        "saw only the beginning of 1 cases",
    ):
        assert words in text


def test_a_sound_run_keeps_the_two_cautions_that_always_hold(
    summary_of: Summarize, judge: Callable[..., VerdictMatrix]
) -> None:
    matrix = judge(["a", "b"], {("a", "b"): (1.0, 1.0, 0.9)})
    sound = summary_of(matrix, [Prediction("1", "a", "b")], threshold=0.5)
    assert [note.split()[0] for note in cautions(sound)] == ["Relevance", "Intervals"]


def test_the_judge_is_named_with_what_it_cost(summary: Summary) -> None:
    assert judge_line(summary) == (
        "ollama llama3.2:latest (sha256:0123456789ab, 0.12.11), rubric category-relevance, "
        "logprobs scoring; 2 pairs from 6 questions, 4 asked now"
    )


@given(text=st.text())
@searching
def test_what_is_printed_has_no_control_characters(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        steers = unicodedata.category(before) in {"Cc", "Cf", "Cs"}
        assert after == ("�" if steers else before)


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "a\rb", "\u202egpj.exe", "\u200bx", "\x07"])
def test_what_could_steer_a_terminal_is_replaced(text: str) -> None:
    assert "�" in printable(text)
