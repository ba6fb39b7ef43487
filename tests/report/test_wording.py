import re
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
    decimal,
    decimal_interval,
    headline,
    judge_line,
    measures,
    percent,
    percent_interval,
    printable,
    told_apart,
)

Summarize = Callable[..., Summary]


def test_numbers_are_rounded_and_absent_ones_are_a_dash() -> None:
    assert (percent(0.12345), percent(0.0), percent(None)) == ("12.3 %", "0.0 %", "–")
    assert (decimal(0.12345), decimal(1.0), decimal(None)) == ("0.123", "1.000", "–")
    assert percent_interval((0.1234, 0.5)) == "95 % CI 12.3–50.0"
    assert decimal_interval((0.1234, 0.5)) == "95 % CI 0.123–0.500"
    assert decimal_interval((-0.25, 0.5)) == "95 % CI −0.250 to 0.500"
    none = "no interval: too few or too equal cases"
    assert percent_interval(None) == decimal_interval(None) == none


def missed(n_ab: int, n_ac: int) -> list[Prediction]:
    pairs = ["ab"] * n_ab + ["ac"] * n_ac
    return [Prediction(str(n), gold, label) for n, (gold, label) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("value", "other", "shown"),
    [
        (0.5, 0.8, "0.500"),
        (0.79996, 0.8, "0.79996"),  # 0.800 would not be less
        (0.80004, 0.8, "0.80004"),
        (0.8, 0.8, "0.800"),
        (1 / 3, 0.333, "0.3333"),
    ],
)
def test_a_number_is_shown_on_its_side_of_another(value: float, other: float, shown: str) -> None:
    assert told_apart(value, other) == shown


# P(related) is 0.731 of a, b and 0.047 of a, c: 0.389 for a random miss.
@pytest.mark.parametrize(
    ("n_ab", "n_ac", "told"),
    [
        (11, 1, "By this judge its 12 judged misses are nearer to the correct category than"),
        (1, 11, "By this judge its 12 judged misses are farther from the correct category than"),
        (6, 6, "By this judge its 12 judged misses are no nearer to the correct category than"),
    ],
)
def test_the_headline_compares_the_misses_with_random_ones(
    summary_of: Summarize, matrix: VerdictMatrix, n_ab: int, n_ac: int, told: str
) -> None:
    # Wilson of 0 of 12: from 0 to 1.96²/(12 + 1.96²) = 0.2425.
    assert headline(summary_of(matrix, missed(n_ab, n_ac))) == (
        "Accuracy is 0.0 % of 12 classified cases (95 % CI 0.0–24.2). "
        f"{told} labels drawn at random would be."
    )


@pytest.mark.parametrize(
    ("n_ab", "n_ac"),
    [(2, 1), (8, 1), (40, 0)],  # the last are all alike
)
def test_the_headline_says_where_misses_are_too_few_or_too_equal(
    summary_of: Summarize, matrix: VerdictMatrix, n_ab: int, n_ac: int
) -> None:
    assert headline(summary_of(matrix, missed(n_ab, n_ac))).endswith(
        f"). Its {n_ab + n_ac} judged misses are too few or too equal to say how near they are."
    )


def test_one_miss_or_none_is_too_little_to_say_more(
    summary_of: Summarize, matrix: VerdictMatrix
) -> None:
    assert headline(summary_of(matrix, missed(1, 0))) == (
        "Accuracy is 0.0 % of 1 classified case (95 % CI 0.0–79.3). "
        "Its only judged miss is too little to say how near the misses are."
    )
    empty = Prediction("1", "a", None, missing="empty-text")
    assert headline(summary_of(matrix, [empty])) == "None of 1 case was classified."


def test_misses_that_the_judge_is_silent_on_are_not_passed_over(
    summary_of: Summarize, judge: Callable[..., VerdictMatrix]
) -> None:
    silent = judge(["a", "b"], {("a", "b"): "timeout"})
    found = summary_of(silent, [*missed(2, 0), Prediction("9", "a", "a")])
    assert headline(found).endswith(
        "). How near its misses are is not known: 2 of them have no verdict."
    )
    remarks = {name: remark for name, _, remark in measures(found)}
    assert remarks["relevance score"].endswith("; over 1 judged case")


@pytest.mark.parametrize(
    ("interval", "chance", "told"),
    [
        ((0.4, 0.6), 0.39, "nearer to"),
        ((0.4, 0.6), 0.4, "no nearer to"),
        ((0.4, 0.6), 0.5, "no nearer to"),
        ((0.4, 0.6), 0.6, "no nearer to"),
        ((0.4, 0.6), 0.61, "farther from"),
        ((0.0, 0.1), 0.0, "no nearer to"),
    ],
)
def test_only_an_interval_that_leaves_chance_out_says_nearer_or_farther(
    summary: Summary, interval: tuple[float, float], chance: float, told: str
) -> None:
    errors = summary.error_relevance.model_copy(update={"ci95": interval})
    judge = summary.judge.model_copy(update={"random_relevance": chance})
    told_of = summary.model_copy(update={"error_relevance": errors, "judge": judge})
    assert f" misses are {told} the correct category than" in headline(told_of)


def test_without_random_misses_to_compare_with_the_headline_says_so(
    summary_of: Summarize, judge: Callable[..., VerdictMatrix]
) -> None:
    # Of a large label set only the pairs that were met are judged.
    met = judge(["a", "b", "c"], {("a", "b"): (2.0, 0.0, 0.4), ("a", "c"): (-4.0, -2.0, 0.8)})
    partly = summary_of(met, missed(11, 1))
    assert headline(partly).endswith(
        "). How near its 12 judged misses are is not said, for want of a comparison: not every "
        "pair of labels was judged."
    )
    assert ("… of random misses", "–", "over all judged pairs") in measures(partly)


@pytest.mark.parametrize(("n_ab", "n_ac"), [(2, 1), (11, 1), (1, 11), (6, 6)])
def test_the_headline_gives_no_relevance_as_a_number(
    summary_of: Summarize, matrix: VerdictMatrix, n_ab: int, n_ac: int
) -> None:
    # A percentage or a count is a fact; a mean of uncalibrated probabilities is not.
    said = headline(summary_of(matrix, missed(n_ab, n_ac)))
    assert re.search(r"[0-9]{3}", said) is None


def test_the_headline_has_accuracy_and_too_few_misses_to_tell(summary: Summary) -> None:
    assert headline(summary) == (
        "Accuracy is 50.0 % of 10 classified cases (95 % CI 23.7–76.3). "
        "Its 3 judged misses are too few or too equal to say how near they are."
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
        "… of random misses": "0.389",  # (0.7311 + 0.0474) / 2
        "relevance score": "0.719",  # (5 + 0.7311 + 0.0237) / 8
        "pass rate at 0.8": "62.5 %",  # 5 of 8
    }
    # What the misses are compared with stands right below them.
    assert list(found)[2:4] == ["error relevance", "… of random misses"]


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
        steers = unicodedata.category(before) in {"Cc", "Cf", "Cs"} and before not in "\u200c\u200d"
        assert after == ("�" if steers else before)


def test_joined_letters_and_emoji_stay_joined() -> None:
    for text in ("می\u200cخواهم", "👩\u200d🚀"):
        assert printable(text) == text


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "a\rb", "\u202egpj.exe", "\u200bx", "\x07"])
def test_what_could_steer_a_terminal_is_replaced(text: str) -> None:
    assert "�" in printable(text)
