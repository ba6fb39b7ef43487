"""How readily a judge calls each text related to anything, measured against reference topics."""

import zlib
from collections.abc import Iterable, Mapping, Sequence

from evaluator.judge.asking import Answer, Heard
from evaluator.judge.labels import normalized
from evaluator.judge.question import Question

Leanings = Mapping[str, float]
"""Logits by text, label name or topic: how much readier than usual the judge is to say yes."""

TOPICS_A_TEXT = 8
"""With 8 of the 20 topics the bias costs two fifths of the questions and the area under the curve
0.01 (benchmarks/README.md)."""


def bias_questions(texts: Iterable[str], topics: Sequence[str]) -> list[Question]:
    """Return each text, or label name, against some of the topics, in both orders."""
    return [
        question
        for text in texts
        for topic in _topics_of(text, topics)
        for question in (Question(text, topic), Question(topic, text))
    ]


def mean_logits(
    texts: Iterable[str], topics: Sequence[str], heard: Heard
) -> dict[tuple[str, str], float]:
    """Return the mean logit of both orders by text and topic, where both have an answer."""
    found = {}
    for text in texts:
        for topic in _topics_of(text, topics):
            forward, backward = (
                heard.get(one) for one in (Question(text, topic), Question(topic, text))
            )
            if isinstance(forward, Answer) and isinstance(backward, Answer):
                found[text, topic] = (forward.reading.logit + backward.reading.logit) / 2
    return found


def text_biases(
    texts: Iterable[str], topics: Sequence[str], leanings: Leanings, heard: Heard
) -> dict[str, float]:
    """Return the judge's leaning to each text that has an answer.

    A logit is the judge's leaning to either text and what it knows of both. Of subjects far from
    one another it knows nothing, so that the mean over them, less their leanings, is the text's.
    Within a label set the mean would hold what the labels have in common, and every score would
    move with each label that is added.

    Args:
        texts: Texts or label names.
        topics: The topics that were asked about.
        leanings: The judge's leaning to each topic.
        heard: Answers to `bias_questions` on these texts and topics.
    """
    lists: dict[str, list[float]] = {}
    for (text, topic), logit in mean_logits(texts, topics, heard).items():
        lists.setdefault(text, []).append(logit - leanings[topic])
    return {text: sum(logits) / len(logits) for text, logits in lists.items()}


def topic_leanings(logits: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """Return the judge's leaning to each topic: least squares of text plus topic, topics' mean 0.

    Args:
        logits: Mean logit of both orders, by text and topic.
    """
    import numpy

    texts = list(dict.fromkeys(text for text, _ in logits))
    topics = sorted({topic for _, topic in logits})
    text_at = {text: at for at, text in enumerate(texts)}
    topic_at = {topic: len(texts) + at for at, topic in enumerate(topics)}
    design = numpy.zeros((len(logits) + 1, len(texts) + len(topics)))
    target = numpy.zeros(len(logits) + 1)
    for row, ((text, topic), logit) in enumerate(logits.items()):
        design[row, text_at[text]] = design[row, topic_at[topic]] = 1.0
        target[row] = logit
    design[-1, len(texts) :] = 1.0
    solution = numpy.linalg.lstsq(design, target, rcond=None)[0]
    return {topic: float(solution[topic_at[topic]]) for topic in topics}


def _topics_of(text: str, topics: Sequence[str]) -> list[str]:
    """Return the topics that a text is held against: by its spelling, whatever else is asked.

    A text that is a topic itself is not asked about its relation to itself.
    """
    start = zlib.crc32(text.encode()) % len(topics)
    turned = [*topics[start:], *topics[:start]]
    others = [topic for topic in turned if normalized(topic) != normalized(text)]
    return others[:TOPICS_A_TEXT]
