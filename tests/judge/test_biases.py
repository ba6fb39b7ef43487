"""The judge's leanings: what is asked, and what is left of a logit once they are gone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.protocol import Usage
from evaluator.judge.asking import Answer, Heard, NoAnswer
from evaluator.judge.biases import (
    TOPICS_A_TEXT,
    bias_questions,
    mean_logits,
    text_biases,
    topic_leanings,
)
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading

TOPICS = tuple(f"topic {number}" for number in range(20))
NUMBERS = st.floats(-5, 5)


def said(question: Question, logit: float) -> Answer:
    return Answer(question, Reading(logit, 0.9), Usage(1, 1, 1), 0.1)


def answers(texts: dict[str, float], topics: dict[str, float]) -> Heard:
    """A judge whose logit is a text's leaning and a topic's, and 0.5 more where the text is first.

    What the order adds is the same everywhere, so that the mean of both orders holds 0.25 of it.
    """
    heard = {}
    for text, topic in itertools.product(texts, topics):
        mean = texts[text] + topics[topic]
        for question, more in ((Question(text, topic), 0.25), (Question(topic, text), -0.25)):
            heard[question] = said(question, mean + more)
    return heard


def test_a_text_is_held_against_eight_topics_in_both_orders() -> None:
    questions = bias_questions(["cars"], TOPICS)
    assert len(questions) == len(set(questions)) == 2 * TOPICS_A_TEXT == 16
    for one, other in zip(questions[::2], questions[1::2], strict=True):
        assert (one.first, one.second) == (other.second, other.first)
        assert "cars" in (one.first, other.first)


def test_which_topics_depends_on_the_text_alone() -> None:
    alone = bias_questions(["cars"], TOPICS)
    among = bias_questions(["boats", "cars", "trams"], TOPICS)
    assert set(alone) <= set(among)


def test_every_topic_has_its_share_of_many_texts() -> None:
    asked = [one.second for one in bias_questions(map(str, range(1000)), TOPICS)[::2]]
    shares = [asked.count(topic) / 1000 for topic in TOPICS]
    # 8 of 20 topics each: 0.4 on average; neighbours go together, so the spread is a few percent.
    assert sum(shares) / 20 == pytest.approx(0.4)
    assert min(shares) > 0.25


def test_a_text_that_is_a_topic_is_held_against_eight_others() -> None:
    asked = bias_questions(["Topic 3"], TOPICS)
    against = {one.second for one in asked[::2]}
    assert len(against) == TOPICS_A_TEXT
    assert "topic 3" not in against


def test_leanings_come_out_as_they_went_in() -> None:
    texts = {f"text {number}": number / 10 for number in range(30)}
    topics = {topic: (number - 9.5) / 20 for number, topic in enumerate(TOPICS)}  # their mean is 0
    heard = answers(texts, topics)
    leanings = topic_leanings(mean_logits(texts, TOPICS, heard))
    assert leanings == pytest.approx(topics)
    assert text_biases(texts, TOPICS, leanings, heard) == pytest.approx(texts)


def test_a_missing_topic_moves_no_bias() -> None:
    texts = {f"text {number}": 1.0 for number in range(30)}
    topics = {topic: float(number) for number, topic in enumerate(TOPICS)}
    heard = dict(answers(texts, topics))
    leanings = topic_leanings(mean_logits(texts, TOPICS, heard))
    whole = text_biases(["text 0"], TOPICS, leanings, heard)
    silent = bias_questions(["text 0"], TOPICS)[0]
    heard[silent] = NoAnswer(silent, "timeout")
    assert text_biases(["text 0"], TOPICS, leanings, heard) == pytest.approx(whole)


def test_a_text_without_an_answer_has_no_bias() -> None:
    assert text_biases(["cars"], TOPICS, dict.fromkeys(TOPICS, 0.0), {}) == {}


@given(
    lean=st.lists(NUMBERS, min_size=4, max_size=4),
    shift=NUMBERS,
    topic=st.lists(NUMBERS, min_size=20, max_size=20),
)
@searching
def test_a_judge_that_leans_more_to_everything_has_the_same_differences(
    lean: list[float], shift: float, topic: list[float]
) -> None:
    texts = dict(zip("abcd", lean, strict=True))
    topics = dict(zip(TOPICS, topic, strict=True))
    heard, moved = answers(texts, topics), answers({t: x + shift for t, x in texts.items()}, topics)
    found = text_biases(texts, TOPICS, topics, heard)
    other = text_biases(texts, TOPICS, topics, moved)
    assert all(other[text] - found[text] == pytest.approx(shift, abs=1e-9) for text in texts)
