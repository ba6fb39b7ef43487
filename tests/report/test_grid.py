import io
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from rich.console import Console

from evaluator.judge.labels import normalized
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.grid import WIDEST_GRID, print_matrix
from evaluator.report.wording import UNCALIBRATED

Judge = Callable[..., VerdictMatrix]


def printed(matrix: VerdictMatrix) -> str:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    print_matrix(matrix, console)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def words(output: str) -> list[list[str]]:
    """The words of each line that has any, without the lines of a frame."""
    inside = (line.strip("┃│ ").replace("│", " ") for line in output.splitlines())
    return [line.split() for line in inside if any(letter.isalnum() for letter in line)]


def pairs_of(output: str) -> str:
    """The output above the caution, which comes after an empty line and ends it."""
    above, caution = output.split("\n\n")
    assert " ".join(caution.split()) == UNCALIBRATED
    return above


def test_few_labels_are_a_triangle_of_percentages(matrix: VerdictMatrix) -> None:
    # p(a, b) = 73.1 %, p(a, c) = 4.7 %, b and c have no verdict.
    assert words(pairs_of(printed(matrix))) == [
        ["P(related)", "in", "percent"],
        ["label", "1", "2"],
        ["1", "a"],
        ["2", "b", "73"],
        ["3", "c", "5", "–"],
    ]


def test_many_labels_are_a_list_with_the_likeliest_pairs_first(judge: Judge) -> None:
    names = [f"label{number}" for number in range(WIDEST_GRID + 1)]
    verdicts = {
        (names[0], names[1]): (0.0, 0.0, 0.9),
        (names[0], names[2]): (2.0, 0.0, 0.9),
        (names[1], names[2]): (-4.0, -2.0, 0.9),
    }
    assert words(pairs_of(printed(judge(names, verdicts))))[2:] == [
        ["label0", "label2", "0.731"],
        ["label0", "label1", "0.500"],
        ["label1", "label2", "0.047"],
    ]


def test_the_widest_triangle_fits_a_wide_terminal(judge: Judge) -> None:
    names = [f"label{number}" for number in range(WIDEST_GRID)]
    verdicts = {
        (first, second): (9.0, 9.0, 0.9)
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    }
    last = words(pairs_of(printed(judge(names, verdicts))))[-1]
    assert last == [str(WIDEST_GRID), names[-1], *["100"] * (WIDEST_GRID - 1)]


@given(label=st.one_of(st.text(min_size=1), st.text("\x1b[2J\x07\x9b\r\n\u202ea", min_size=1)))
@searching
def test_no_label_puts_control_characters_on_the_terminal(judge: Judge, label: str) -> None:
    other = "other" if normalized(label) != "other" else "another"
    many = [f"{other} {number}" for number in range(WIDEST_GRID)]
    for pair in ((label, other), (other, label)):
        for names in (pair, (*pair, *many)):
            for character in printed(judge(names, {pair: (1.0, 1.0, 0.9)})):
                steers = unicodedata.category(character) in {"Cc", "Cf", "Cs"}
                assert character == "\n" or not steers


@pytest.mark.parametrize("count", [3, WIDEST_GRID, WIDEST_GRID + 1])
def test_no_pair_is_set_off_as_if_the_judge_were_sure_of_it(judge: Judge, count: int) -> None:
    names = [f"label{number}" for number in range(count)]
    verdicts = {
        (names[0], names[1]): (9.0, 9.0, 0.9),
        (names[0], names[2]): (-9.0, -9.0, 0.9),
        (names[1], names[2]): "timeout",
    }
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system="truecolor")
    print_matrix(judge(names, verdicts), console)
    output = console.file
    assert isinstance(output, io.StringIO)
    rows = [
        line for line in output.getvalue().splitlines() if "label0" in line or "label2 " in line
    ]
    assert len(rows) == 2
    assert "\x1b" in output.getvalue()  # this terminal shows styles
    assert not any("\x1b" in row for row in rows)


def test_markup_in_a_label_is_text(judge: Judge) -> None:
    assert "[bold]x[/]" in printed(judge(["[bold]x[/]", "b"], {}))
