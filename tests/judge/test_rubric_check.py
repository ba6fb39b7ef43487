from typing import Any

import pytest

from evaluator.judge.rubric import AnswerWords, Example, Rubric
from evaluator.judge.rubric_check import doubts
from evaluator.judge.rubric_file import load_rubric

RUBRIC = load_rubric("category-relevance")


def changed(**question: Any) -> Rubric:
    """The English rubric with another question and no further forms."""
    asked = RUBRIC.question.model_copy(update=question)
    return RUBRIC.model_copy(update={"question": asked, "further_forms": ()})


@pytest.mark.parametrize("name", ["category-relevance", "category-relevance-ja"])
def test_the_built_in_rubrics_leave_no_doubt(name: str) -> None:
    assert doubts(load_rubric(name)) == []


@pytest.mark.parametrize(
    ("yes", "no", "doubted"),
    [
        (("Yes",), ("No",), False),
        (("Same",), ("Some",), False),  # first letters alone are no reason
        (("Related",), ("Related not",), True),
        (("No doubt",), ("no ",), True),
        (("Yes", "Sure"), ("No", "Surely not"), True),
    ],
)
def test_an_answer_that_begins_with_the_other_is_doubted(
    yes: tuple[str, ...], no: tuple[str, ...], doubted: bool
) -> None:
    found = doubts(changed(answers=AnswerWords(yes=yes, no=no)))
    assert len(found) == int(doubted)
    assert all("begins with the answer" in doubt for doubt in found)


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_examples_of_one_answer_alone_are_doubted(answer: Any) -> None:
    examples = (
        Example(first="a", second="b", answer=answer),
        Example(first="c", second="d", answer=answer),
    )
    (doubt,) = doubts(changed(examples=examples))
    assert doubt.startswith(f"question: every example is answered '{answer}'")


def test_a_form_without_examples_is_doubted() -> None:
    (doubt,) = doubts(changed(examples=()))
    assert doubt.startswith("question: there are no examples")


def test_an_example_of_answer_words_is_doubted() -> None:
    examples = (
        Example(first="a", second=" NO", answer="yes"),
        Example(first="Nora", second="yes men", answer="no"),
    )
    assert doubts(changed(examples=examples)) == [
        "question: the example text ' NO' is an answer word."
    ]


def test_every_form_is_looked_at() -> None:
    form = RUBRIC.further_forms[0].model_copy(update={"examples": ()})
    same = RUBRIC.free_text.same.model_copy(update={"examples": ()})
    free_text = RUBRIC.free_text.model_copy(update={"same": same})
    assert RUBRIC.reason is not None
    reason = RUBRIC.reason.model_copy(update={"examples": RUBRIC.reason.examples[:1]})
    rubric = RUBRIC.model_copy(
        update={"further_forms": (form,), "free_text": free_text, "reason": reason}
    )
    doubted = [doubt.partition(":")[0] for doubt in doubts(rubric)]
    assert doubted == ["categories", "free_text.same", "reason"]
