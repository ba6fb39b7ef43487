import io
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from rich.console import Console

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import normalized
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.summary import Summary
from evaluator.report.terminal import SHOWN_CONFUSIONS, SHOWN_LABELS, print_summary

Summarize = Callable[..., Summary]
Judge = Callable[..., VerdictMatrix]


def printed(summary: Summary, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_summary(summary, console)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def lines(summary: Summary) -> list[str]:
    return [" ".join(line.split()) for line in printed(summary).splitlines()]


@given(label=st.one_of(st.text(min_size=1), st.text("\x1b[2J\x07\x9b\r\n\u202ea", min_size=1)))
@searching
def test_no_label_puts_control_characters_on_the_terminal(
    summary_of: Summarize, judge: Judge, label: str
) -> None:
    other = "other" if normalized(label) != "other" else "another"
    matrix = judge([label, other], {(label, other): (1.0, 1.0, 0.9)}, model=label)
    output = printed(summary_of(matrix, [Prediction("1", label, other)]))
    for character in output:
        assert character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def test_markup_in_a_label_is_text(summary_of: Summarize, judge: Judge) -> None:
    label = "[bold red]x[/] :smile:"
    output = printed(summary_of(judge([label], {}, model=label), [Prediction("1", label, label)]))
    assert output.count(label) == 2  # in its row and in the judge's line


def test_the_table_has_the_numbers_of_the_summary(summary: Summary) -> None:
    found = lines(summary)
    assert found[0].startswith("Accuracy is 50.0 % of 10 classified cases (95 % CI 23.7–76.3).")
    assert "Its 3 judged misses are too few or too equal to say how near they" in " ".join(found)
    assert "error relevance 0.503 no interval: too few or too equal cases" in found
    assert "… of random misses 0.389 over all judged pairs" in found
    assert (
        "relevance score 0.719 no interval: too few or too equal cases; over 8 judged cases"
        in found
    )
    assert "a 7 57.1 % 100.0 % 0.727 0.679 0.503" in found
    assert "c 1 0.0 % 0.0 % 0.000 – –" in found
    assert "Worst confusions (3 of 3)" in found
    assert "b c 1 –" in found
    assert "a b 2 0.731" in found
    assert any(line.startswith("• Judge: ollama llama3.2:latest (sha256:") for line in found)


def test_means_of_enough_cases_are_shown_with_their_interval(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction]
) -> None:
    many = summary_of(matrix, predictions * 4)
    assert many.score.ci95 is not None
    assert many.error_relevance.ci95 is not None
    found = lines(many)
    low, high = many.score.ci95
    assert f"relevance score 0.719 95 % CI {low:.3f}–{high:.3f}; over 32 judged cases" in found
    low, high = many.error_relevance.ci95
    assert f"error relevance 0.503 95 % CI {low:.3f}–{high:.3f}" in found


def test_a_failed_gate_is_the_last_word(summary: Summary) -> None:
    assert lines(summary)[-1] == (
        "Gate failed: 3 of 11 cases are unscored (0.273), more than --max-unscored 0.05."
    )


def test_a_passed_gate_says_what_it_was_held_against(
    summary_of: Summarize, matrix: VerdictMatrix
) -> None:
    assert lines(summary_of(matrix, [Prediction("1", "a", "a")]))[-1] == (
        "Gate passed: 0 of 1 cases are unscored (0.000), no more than --max-unscored 0.05."
    )


def test_without_a_confusion_there_is_no_table_of_them(
    summary_of: Summarize, matrix: VerdictMatrix
) -> None:
    assert "confusions" not in printed(summary_of(matrix, [Prediction("1", "a", "a")]))


def test_only_the_worst_confusions_are_shown(summary_of: Summarize, judge: Judge) -> None:
    names = [f"label{number}" for number in range(SHOWN_CONFUSIONS + 2)]
    verdicts = {(names[0], name): (-9.0, -9.0, 0.9) for name in names[1:]}
    cases = [Prediction(name, names[0], name) for name in names[1:]]
    output = printed(summary_of(judge(names, verdicts), cases))
    assert f"Worst confusions ({SHOWN_CONFUSIONS} of {SHOWN_CONFUSIONS + 1})" in output
    assert sum(line.startswith("label0 ") for line in lines_of(output)) == SHOWN_CONFUSIONS + 1


def lines_of(output: str) -> list[str]:
    return output.splitlines()


@pytest.mark.parametrize("width", [40, 80])
def test_a_long_label_is_folded_and_not_cut(
    summary_of: Summarize, judge: Judge, width: int
) -> None:
    label = "".join(chr(0x4E00 + number) for number in range(60))  # sixty different wide letters
    output = printed(summary_of(judge([label], {}), [Prediction("1", label, label)]), width)
    assert all(letter in output for letter in label)


def test_a_thousand_labels_are_not_a_thousand_rows(summary: Summary) -> None:
    row = summary.per_label[0]
    rows = tuple(
        row.model_copy(
            update={"label": f"label-{n:04} {'x' * 10_000}", "n": 1_000, "recall": 1 - n / 1_000}
        )
        for n in range(1_000)
    )
    many = summary.model_copy(update={"per_label": rows})
    found = lines(many)
    assert f"By label (the {SHOWN_LABELS} of 1000 with the most misses)" in found
    assert sum(line.startswith("label-") for line in found) == SHOWN_LABELS
    assert f"label-{1_000 - SHOWN_LABELS:04}" in "".join(found)
    assert len(found) < 5 * SHOWN_LABELS
