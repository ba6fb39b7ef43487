"""A matrix before and after its calibration."""

from dataclasses import replace

import pytest

from evaluator.backends.protocol import Usage
from evaluator.judge.asking import Answer, Heard, NoAnswer
from evaluator.judge.biases import bias_questions
from evaluator.judge.calibrating import TOO_FEW_ANSWERS, Curve, calibrated
from evaluator.judge.calibration import CheckedPair
from evaluator.judge.labels import LabelPair, LabelSet, labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix, Wanted, assemble
from evaluator.judge.platt import Platt
from evaluator.judge.question import Question, TextPair
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import ReferencePair, References
from evaluator.judge.scoring import Reading

LOCK = JudgeLock(
    backend="b", model="m", digest="d", server_version="1", options=(), rubric="r", prompt_hash="h"
)
TOPICS = tuple(f"topic {number}" for number in range(8))
REFERENCES = References("en", TOPICS, (ReferencePair("x", "y", True, True),))
SURVEY = ReferenceSurvey(REFERENCES, dict.fromkeys(TOPICS, 0.5), (1.5,))
CURVE = Curve("reference", Platt(2.0, -1.0), 0.2)
TASTES = {"cars": 1.0, "trams": -1.0, "law": 0.25, "lorries": 0.5, **dict.fromkeys(TOPICS, 0.5)}
KNOWN = {frozenset({"cars", "trams"}): 2.0, frozenset({"cars", "lorries"}): 3.0}


def wanted(labels: LabelSet, *texts: TextPair) -> Wanted:
    return Wanted(list(labels.pairs()), texts, TOPICS)


def answers(asked: Wanted) -> dict[Question, Answer | NoAnswer]:
    def logit(question: Question) -> float:
        known = KNOWN.get(frozenset({question.first, question.second}), 0.0)
        return TASTES[question.first] + TASTES[question.second] + known

    return {
        one: Answer(one, Reading(logit(one), 0.9), Usage(1, 1, 1), 0.1) for one in asked.questions
    }


def judged(asked: Wanted, heard: Heard, labels: LabelSet) -> VerdictMatrix | str:
    return calibrated(assemble(LOCK, labels, asked, heard), asked, heard, SURVEY, CURVE)


LABELS = labels_from_names(["cars", "trams", "law"])
LORRIES = TextPair("lorries", "cars")


def test_leanings_are_taken_away_and_the_curve_applied() -> None:
    asked = wanted(LABELS, LORRIES)
    matrix = judged(asked, answers(asked), LABELS)
    assert isinstance(matrix, VerdictMatrix)
    assert matrix.calibration is not None
    assert matrix.calibration.biases == pytest.approx(
        {"cars": 1.0, "trams": -1.0, "law": 0.25, "lorries": 0.5}
    )
    # What is left of cars and trams is 2, so P = 1/(1 + exp(-(2·2 - 1))) = 0.9525741268.
    assert matrix.centred_logit(LabelPair("cars", "trams")) == pytest.approx(2.0)
    assert matrix.p_related(LabelPair("cars", "trams")) == pytest.approx(0.9525741268)
    # Nothing is left of cars and law: 1/(1 + e) = 0.2689414214.
    assert matrix.p_related(LabelPair("cars", "law")) == pytest.approx(0.2689414214)
    # And 3 of lorries: 1/(1 + exp(-5)) = 0.9933071491.
    assert matrix.p_related_of_text(LORRIES) == pytest.approx(0.9933071491)
    assert matrix.calibration.checked == (CheckedPair(1.5, True),)


def test_one_more_label_moves_no_score() -> None:
    fewer = labels_from_names(["cars", "trams"])
    small, large = wanted(fewer), wanted(LABELS)
    one, other = judged(small, answers(small), fewer), judged(large, answers(large), LABELS)
    assert isinstance(one, VerdictMatrix)
    assert isinstance(other, VerdictMatrix)
    pair = LabelPair("cars", "trams")
    assert one.p_related(pair) == other.p_related(pair)


def test_below_95_percent_of_answers_there_is_no_calibration() -> None:
    asked = wanted(LABELS)
    heard = answers(asked)
    biases = bias_questions(asked.leaning, TOPICS)
    assert len(biases) == 48
    for one in biases[:2]:  # 46 of 48 are 95.8 %
        heard[one] = NoAnswer(one, "timeout")
    assert isinstance(judged(asked, heard, LABELS), VerdictMatrix)
    heard[biases[2]] = NoAnswer(biases[2], "timeout")  # 45 of 48 are 93.8 %
    assert judged(asked, heard, LABELS) == TOO_FEW_ANSWERS


def test_a_text_without_a_bias_is_unanswered_and_not_guessed() -> None:
    asked = replace(wanted(LABELS, LORRIES), pairs=[])
    many = labels_from_names(["cars", *(f"label {number}" for number in range(40))])
    asked = replace(asked, pairs=[LabelPair("cars", name) for name in many.names[1:]])
    TASTES.update(dict.fromkeys(many.names[1:], 0.0))
    heard = answers(asked)
    for one in bias_questions(["lorries"], TOPICS):
        heard[one] = NoAnswer(one, "timeout")
    matrix = judged(asked, heard, many)
    assert isinstance(matrix, VerdictMatrix)
    assert matrix.text_judgements == {}
    assert matrix.unanswered_texts == {LORRIES: "no-bias"}
