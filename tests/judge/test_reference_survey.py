"""From the answers about reference pairs to a fit."""

import math
import random

import pytest

from evaluator.backends.protocol import Usage
from evaluator.judge.asking import Answer, Heard, NoAnswer
from evaluator.judge.biases import bias_questions
from evaluator.judge.question import Question
from evaluator.judge.reference_survey import ReferenceSurvey, reference_questions, survey_of
from evaluator.judge.references import built_in_references
from evaluator.judge.scoring import Reading

REFERENCES = built_in_references("en")
RELATED = {(pair.first, pair.second): pair.related for pair in REFERENCES.pairs}


def taste(text: str) -> float:
    return random.Random(text).gauss(0, 1)


NOTHING_KNOWN = 3 - 2 * sum(map(taste, REFERENCES.topics)) / len(REFERENCES.topics)
"""The centred logit of unrelated texts: -3 and both tastes, less each text's mean against topics,
which is -3, its taste and the topics' mean taste."""


def answers(knowledge: float, noise: float = 0.1) -> dict[Question, Answer | NoAnswer]:
    """A judge with a taste of its own for each text, that knows so much about related pairs."""
    heard: dict[Question, Answer | NoAnswer] = {}
    for one in reference_questions(REFERENCES):
        known = RELATED.get((one.first, one.second), RELATED.get((one.second, one.first), False))
        more = random.Random(one.first + "/" + one.second).gauss(0, noise)
        logit = -3 + taste(one.first) + taste(one.second) + knowledge * known + more
        heard[one] = Answer(one, Reading(logit, 0.9), Usage(1, 1, 1), 0.1)
    return heard


def silence(heard: Heard, questions: list[Question]) -> Heard:
    return {**heard, **{one: NoAnswer(one, "timeout") for one in questions}}


def test_the_questions_are_the_pairs_and_their_texts_against_topics_in_both_orders() -> None:
    questions = reference_questions(REFERENCES)
    assert questions[:2] == [
        Question(REFERENCES.pairs[0].first, REFERENCES.pairs[0].second),
        Question(REFERENCES.pairs[0].second, REFERENCES.pairs[0].first),
    ]
    # 200 pairs and 200 texts, each against 8 topics, both orders of all.
    assert len(questions) == len(set(questions)) == 2 * 200 + 2 * 8 * 200


def test_tastes_are_gone_and_knowledge_is_left() -> None:
    survey = survey_of(REFERENCES, answers(knowledge=2.0, noise=0.0))
    found: dict[bool, list[float | None]] = {True: [], False: []}
    for pair, logit in zip(REFERENCES.pairs, survey.centred_logits, strict=True):
        found[pair.related].append(logit)
    assert found[False] == pytest.approx([NOTHING_KNOWN] * 100)
    assert found[True] == pytest.approx([NOTHING_KNOWN + 2.0] * 100)


def test_the_fit_says_what_the_judge_knows_at_the_declared_base_rate() -> None:
    survey = survey_of(REFERENCES, answers(knowledge=1.0, noise=0.5))
    even, rare = survey.fit(0.5), survey.fit(0.1)
    assert even is not None
    assert rare is not None
    assert even.probability(NOTHING_KNOWN + 1.0) > 0.6
    assert even.probability(NOTHING_KNOWN) < 0.4
    # Bayes' rule: from one in two to one in ten the log odds fall by ln 9.
    assert even.intercept - rare.intercept == pytest.approx(math.log(9))
    assert even.slope == rare.slope


def test_pairs_kept_from_the_fit_are_for_checking_and_move_nothing() -> None:
    heard = answers(knowledge=1.0)
    survey = survey_of(REFERENCES, heard)
    assert len(survey.checked) == 40
    assert sum(one.related for one in survey.checked) == 20
    spoilt = ReferenceSurvey(
        REFERENCES,
        survey.topic_leanings,
        tuple(
            -99.0 if pair.held_out else logit
            for pair, logit in zip(REFERENCES.pairs, survey.centred_logits, strict=True)
        ),
    )
    assert spoilt.fit(0.2) == survey.fit(0.2)


def test_a_judge_that_knows_nothing_or_the_contrary_has_no_fit() -> None:
    assert survey_of(REFERENCES, answers(knowledge=-1.0)).fit(0.2) is None


def test_more_than_one_pair_in_twenty_without_an_answer_leaves_no_fit() -> None:
    heard = answers(knowledge=1.0)
    pairs = reference_questions(REFERENCES)[:400:2]
    few, many = (
        survey_of(REFERENCES, silence(heard, pairs[:10])),
        survey_of(REFERENCES, silence(heard, pairs[:11])),
    )
    assert (few.answered_share, many.answered_share) == (0.95, 0.945)
    assert few.fit(0.2) is not None
    assert many.fit(0.2) is None


def test_a_text_that_no_topic_was_answered_for_leaves_its_pairs_out() -> None:
    text = REFERENCES.pairs[0].first
    heard = silence(answers(1.0), bias_questions([text], REFERENCES.topics))
    survey = survey_of(REFERENCES, heard)
    lost = [
        pair
        for pair, logit in zip(REFERENCES.pairs, survey.centred_logits, strict=True)
        if logit is None
    ]
    assert lost == [pair for pair in REFERENCES.pairs if text in (pair.first, pair.second)]
