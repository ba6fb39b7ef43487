"""The survey that ships with the package, against the judge it is of."""

import asyncio
import random

import pytest

from evaluator.backends.embedded import EmbeddedBackend
from evaluator.judge.asking import Answer, Heard, Interviewer, NoAnswer
from evaluator.judge.biases import bias_questions, text_biases
from evaluator.judge.labels import LabelPair
from evaluator.judge.lock import JudgeLock, lock_of
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question, both_orders, prompt_writer
from evaluator.judge.references import References, built_in_references
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.survey_file import shipped_survey

PAIRS_ASKED_AGAIN = 6
OTHER_PROCESSORS = 0.1
"""Processors round differently, which moves a logit by a few hundredths; they spread by 0.2."""


async def interviewed(rubric: Rubric, questions: list[Question]) -> tuple[JudgeLock, Heard]:
    heard: dict[Question, Answer | NoAnswer] = {}
    async with EmbeddedBackend(None) as judge:
        interviewer = Interviewer(
            judge, prompt_writer(rubric), rubric.question.answers, AskingPolicy()
        )
        await interviewer.ask_all(questions, lambda one: heard.update({one.question: one}))
        return lock_of(judge.identity, rubric), heard


@pytest.mark.parametrize("name", ["category-relevance"])
def test_the_packaged_judge_says_what_its_shipped_survey_says(name: str) -> None:
    rubric = load_rubric(name)
    references: References = built_in_references(rubric.language)
    again = random.Random(1).sample(range(len(references.pairs)), PAIRS_ASKED_AGAIN)
    pairs = [LabelPair(references.pairs[at].first, references.pairs[at].second) for at in again]
    texts = [text for pair in pairs for text in (pair.first, pair.second)]
    questions = [one for pair in pairs for one in both_orders(pair)]
    questions += bias_questions(texts, references.topics)
    lock, heard = asyncio.run(interviewed(rubric, questions))
    survey = shipped_survey(lock, references)
    assert survey is not None, "the packaged judge changed: make its survey anew"
    biases = text_biases(texts, references.topics, survey.topic_leanings, heard)
    for at, pair in zip(again, pairs, strict=True):
        logits = [
            one.reading.logit
            for question in both_orders(pair)
            if isinstance(one := heard[question], Answer)
        ]
        centred = sum(logits) / 2 - biases[pair.first] - biases[pair.second]
        assert survey.centred_logits[at] == pytest.approx(centred, abs=OTHER_PROCESSORS)


@pytest.mark.parametrize("language", ["en"])
def test_the_shipped_survey_makes_a_judge_that_beats_chance_on_pairs_it_was_not_fitted_on(
    language: str,
) -> None:
    from sklearn.metrics import roc_auc_score

    rubric = load_rubric("category-relevance" + ("" if language == "en" else "-ja"))
    references = built_in_references(language)
    lock, _ = asyncio.run(interviewed(rubric, []))
    survey = shipped_survey(lock, references)
    assert survey is not None
    assert survey.fit(rubric.base_rate) is not None
    checked = survey.checked
    auc = roc_auc_score([one.related for one in checked], [one.centred_logit for one in checked])
    assert auc > 0.6
