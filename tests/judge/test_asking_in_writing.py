"""The interviewer before a judge that gives words and no probabilities."""

import asyncio

import pytest

from evaluator.backends.protocol import Prompt, Reply, TokenProbability
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.scoring import CERTAIN, Reading

from .interviews import USAGE, Outcome, Scripted, at_once, interview, interviewer, questions


def written(said: str) -> Reply:
    """An answer of a judge that gives no probabilities."""
    return Reply((), USAGE, said)


def interview_in_writing(*answers: str) -> tuple[Outcome, list[str]]:
    """What becomes of one question to a judge that writes these texts, and what it was asked."""
    asked: list[str] = []

    class Writing(Scripted):
        async def ask(self, prompt: Prompt) -> Reply:
            asked.append(prompt.question)
            return written(answers[len(asked) - 1])

    heard: list[Outcome] = []
    asking = interviewer(Writing(at_once, 1)).ask_all(questions(1), heard.append)
    asyncio.run(asking)
    return heard[0], asked


def test_a_written_answer_that_is_one_is_not_asked_for_again() -> None:
    outcome, asked = interview_in_writing("Yes, they are.")
    assert isinstance(outcome, Answer)
    assert (outcome.reading, outcome.usage) == (Reading(CERTAIN, 1.0), USAGE)
    assert asked == ["0"]


@pytest.mark.parametrize("said", ["", "It depends.", "<think>Well", "Yesterday", "0"])
def test_a_written_answer_that_is_none_is_asked_for_once_more_in_other_words(said: str) -> None:
    outcome, asked = interview_in_writing(said, "No.")
    assert isinstance(outcome, Answer)
    assert outcome.reading == Reading(-CERTAIN, 1.0)
    assert outcome.usage == USAGE + USAGE  # both answers cost
    assert asked == ["0", "Answer with Yes or No only. 0"]


def test_a_judge_that_twice_writes_no_answer_leaves_the_question_unanswered() -> None:
    outcome, asked = interview_in_writing("It depends.", "Well, it does.", "Yes")
    assert outcome == NoAnswer(questions(1)[0], "no-answer-word")
    assert len(asked) == 2


def test_probabilities_of_other_words_are_not_asked_for_again() -> None:
    async def script(number: str, attempt: int) -> Reply:
        return Reply((TokenProbability("Maybe", -0.1),), USAGE, "Maybe")

    heard, backend = interview(script, questions(1))
    assert isinstance(heard["0"], NoAnswer)
    assert backend.attempts == {"0": 1}
