"""How well the embedded judge tells related labels from unrelated ones, without calibration."""

import asyncio
from collections.abc import Iterator

from benchmarks.figure import Figure
from benchmarks.label_sets import newsgroups
from evaluator.backends.embedded import EmbeddedBackend
from evaluator.judge.asking import Answer, Interviewer, NoAnswer
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix import Wanted
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question, both_orders, prompt_writer
from evaluator.judge.rubric_file import load_rubric

CHANCE = 0.5


def measure() -> Iterator[Figure]:
    """Yield the AUC over the 190 pairs of 20 Newsgroups; related is one top-level subject."""
    from sklearn.metrics import roc_auc_score

    grouped = newsgroups()
    logits = asyncio.run(_logits(grouped.labels))
    scores = [
        sum(logits[question] for question in both_orders(pair)) for pair in grouped.labels.pairs()
    ]
    yield Figure(
        "AUC of the embedded judge, uncalibrated",
        float(roc_auc_score(grouped.related, scores)),
        "",
        "chance",
        CHANCE,
    )


async def _logits(labels: LabelSet) -> dict[Question, float]:
    rubric = load_rubric("category-relevance")
    logits: dict[Question, float] = {}

    def hear(outcome: Answer | NoAnswer) -> None:
        assert isinstance(outcome, Answer)
        logits[outcome.question] = outcome.reading.logit

    async with EmbeddedBackend(None) as judge:
        write = prompt_writer(rubric, labels)
        interviewer = Interviewer(judge, write, rubric.question.answers, AskingPolicy())
        await interviewer.ask_all(Wanted(list(labels.pairs())).questions, hear)
    return logits
