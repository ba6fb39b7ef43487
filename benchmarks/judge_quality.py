"""How well the embedded judge tells related labels from unrelated ones, without calibration."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from evaluator.backends.embedded import EmbeddedBackend
from evaluator.judge.asking import Answer, AskingPolicy, Interviewer, NoAnswer
from evaluator.judge.labels import LabelSet, read_labels
from evaluator.judge.matrix import Wanted
from evaluator.judge.question import Question, both_orders, prompt_writer
from evaluator.judge.rubric import built_in_rubric

GLOSSARY = Path(__file__).parent.parent / "examples" / "news-classification" / "labels.yaml"
RELIGION = {"alt.atheism", "soc.religion.christian", "talk.religion.misc"}
CHANCE = 0.5


def measure() -> Iterator[Figure]:
    """Yield the AUC over the 190 pairs of 20 Newsgroups; related is one top-level subject."""
    from sklearn.metrics import roc_auc_score

    labels = read_labels(GLOSSARY)
    logits = asyncio.run(_logits(labels))
    pairs = list(labels.pairs())
    related = [_subject(pair.first) == _subject(pair.second) for pair in pairs]
    scores = [sum(logits[question] for question in both_orders(pair)) for pair in pairs]
    yield Figure(
        "AUC of the embedded judge, uncalibrated",
        float(roc_auc_score(related, scores)),
        "",
        "chance",
        CHANCE,
    )


def _subject(label: str) -> str:
    """Return comp, rec, sci, politics, religion or misc."""
    if label in RELIGION:
        return "religion"
    return label.split(".")[1] if label.startswith("talk.") else label.split(".", maxsplit=1)[0]


async def _logits(labels: LabelSet) -> dict[Question, float]:
    rubric = built_in_rubric("category-relevance")
    logits: dict[Question, float] = {}

    def hear(outcome: Answer | NoAnswer) -> None:
        assert isinstance(outcome, Answer)
        logits[outcome.question] = outcome.reading.logit

    async with EmbeddedBackend(None) as judge:
        write = prompt_writer(rubric, labels)
        interviewer = Interviewer(judge, write, rubric.question.answers, AskingPolicy())
        await interviewer.ask_all(Wanted(list(labels.pairs())).questions, hear)
    return logits
