"""Interviews with judges that do what a test says."""

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import pytest

from evaluator.backends.protocol import (
    Backend,
    JudgeIdentity,
    Prompt,
    Reply,
    TokenProbability,
    Usage,
)
from evaluator.judge.asking import Answer, Interviewer, NoAnswer
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question
from evaluator.judge.rubric import AnswerWords

WORDS = AnswerWords(yes=("Yes",), no=("No",))
QUICK = AskingPolicy(timeout=60.0, attempts=3, longest_wait=0.0)
USAGE = Usage(10, 2, 1)

Outcome = Answer | NoAnswer
Script = Callable[[str, int], Awaitable[Reply]]
"""Called with the question's number and the number of the attempt at it, from 1."""


def reply(yes: float = 0.6, no: float = 0.3) -> Reply:
    tokens = (("Yes", yes), (" no", no))
    return Reply(tuple(TokenProbability(word, math.log(share)) for word, share in tokens), USAGE)


class Scripted:
    """A judge that does what a test says."""

    def __init__(self, script: Script, concurrency: int) -> None:
        self.concurrency = concurrency
        self.attempts: Counter[str] = Counter()
        self.in_flight = self.peak = self.cancelled = 0
        self._script = script

    async def __aenter__(self) -> "Scripted":
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        pass

    @property
    def identity(self) -> JudgeIdentity:
        raise NotImplementedError

    async def require_unchanged(self) -> None:
        pass

    async def outside_gpu(self) -> None:
        pass

    async def ask(self, prompt: Prompt) -> Reply:
        self.attempts[prompt.question] += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            return await self._script(prompt.question, self.attempts[prompt.question])
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1


def write(question: Question) -> Prompt:
    return Prompt("Decide.", (), question.first, ("Yes", "No"))


def questions(count: int) -> list[Question]:
    return [Question(str(number), "other") for number in range(count)]


def interviewer(backend: Backend, policy: AskingPolicy = QUICK) -> Interviewer:
    return Interviewer(backend, write, WORDS, policy)


def interview(
    script: Script,
    asked: Iterable[Question],
    *,
    concurrency: int = 1,
    policy: AskingPolicy = QUICK,
) -> tuple[dict[str, Outcome], Scripted]:
    backend = Scripted(script, concurrency)
    heard: list[Outcome] = []
    asyncio.run(interviewer(backend, policy).ask_all(asked, heard.append))
    assert len(heard) == len({outcome.question for outcome in heard})
    return {outcome.question.first: outcome for outcome in heard}, backend


def broken_interview(
    script: Script,
    asked: Iterable[Question],
    expected: type[Exception],
    *,
    concurrency: int = 1,
) -> tuple[str, list[str], Scripted]:
    """The failure, the numbers of the questions heard before it, and the judge."""
    backend = Scripted(script, concurrency)
    heard: list[str] = []

    def hear(outcome: Outcome) -> None:
        heard.append(outcome.question.first)

    with pytest.raises(expected) as caught:
        asyncio.run(interviewer(backend).ask_all(asked, hear))
    return str(caught.value), heard, backend


async def at_once(number: str, attempt: int) -> Reply:
    return reply()


async def never(number: str, attempt: int) -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


def failing(fault: Exception, *numbers: int, attempts: int = 99) -> Script:
    """A judge that raises at these questions, as often as told, and answers the others."""

    async def script(number: str, attempt: int) -> Reply:
        await asyncio.sleep(0)
        if int(number) in numbers and attempt <= attempts:
            raise fault
        return reply()

    return script
