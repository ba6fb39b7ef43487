"""Questions with known answers about the labels themselves."""

import pytest

from evaluator.backends.protocol import Usage
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading
from evaluator.judge.sentinels import Sentinel, margins, sentinel_questions, sentinels_of

LABELS = LabelSet(
    [
        Label("cars", "motoring", aliases=("Motoring", "autos")),
        Label("food", "food", description="Cooking and eating."),
        Label("law", "law"),
        Label("sport", "sport", aliases=("athletics",)),
    ]
)


def said(question: Question, logit: float) -> Answer:
    return Answer(question, Reading(logit, 0.9), Usage(1, 1, 1), 0.1)


def test_a_label_is_asked_about_by_an_alias_or_its_description_and_against_a_far_label() -> None:
    assert sentinels_of(LABELS) == (
        Sentinel("autos", "cars", "law"),
        Sentinel("Cooking and eating.", "food", "sport"),
        Sentinel("athletics", "sport", "food"),
    )


def test_one_label_has_no_other_to_be_held_against() -> None:
    assert sentinels_of(LabelSet([Label("cars", "cars", aliases=("autos",))])) == ()


def test_a_sentinel_costs_two_questions() -> None:
    assert sentinel_questions(sentinels_of(LABELS))[:2] == [
        Question("autos", "cars"),
        Question("autos", "law"),
    ]


@pytest.mark.parametrize(
    ("own", "other", "bias_of_own", "bias_of_other", "margin"),
    [
        (1.0, 0.25, 0.0, 0.0, 0.75),
        (0.0, 1.0, 0.0, 0.0, -1.0),
        (1.0, 0.0, 2.0, 0.0, -1.0),
        (1.0, 1.0, 0.0, 0.5, 0.5),
    ],
)
def test_the_nearer_label_is_ahead_once_the_leanings_are_gone(
    own: float, other: float, bias_of_own: float, bias_of_other: float, margin: float
) -> None:
    (sentinel, *_) = sentinels_of(LABELS)
    first, second = sentinel.questions
    heard = {first: said(first, own), second: said(second, other)}
    biases = {"cars": bias_of_own, "law": bias_of_other}
    assert margins([sentinel], biases, heard) == (margin,)


def test_the_leaning_to_one_label_alone_is_left_in() -> None:
    (sentinel, *_) = sentinels_of(LABELS)
    first, second = sentinel.questions
    heard = {first: said(first, 1.0), second: said(second, 0.5)}
    assert margins([sentinel], {"cars": -4.0}, heard) == (0.5,)


def test_a_sentinel_without_both_answers_tells_nothing() -> None:
    (sentinel, *_) = sentinels_of(LABELS)
    first, second = sentinel.questions
    assert margins([sentinel], {}, {first: said(first, 1.0)}) == (None,)
    assert margins([sentinel], {}, {first: said(first, 1), second: NoAnswer(second, "x")}) == (
        None,
    )
