"""Putting questions to a backend: bounded concurrency, deadlines, retries."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from evaluator.backends.protocol import Backend, Prompt, ServerGone, TryAgain, Unanswered, Usage
from evaluator.errors import JudgeUnavailable
from evaluator.judge.question import Question
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.scoring import Reading, read_reply

FAULTS_IN_A_ROW_BEFORE_GIVING_UP = 5


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """How patient to be.

    Attributes:
        timeout: Seconds an attempt may take.
        attempts: Attempts at a question, at least 1.
        longest_wait: Seconds between attempts grow up to this.
    """

    timeout: float = 120.0
    attempts: int = 7
    longest_wait: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was answered.

    Attributes:
        question: What was asked.
        reading: What the judge says.
        usage: What it cost.
        seconds: How long the answer took, retries included.
    """

    question: Question
    reading: Reading
    usage: Usage
    seconds: float


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A question that stays unanswered.

    Attributes:
        question: What was asked.
        reason: A short stable word.
    """

    question: Question
    reason: str


Heard = Mapping[Question, Answer | NoAnswer]
"""What came of each question."""


class Interviewer:
    """Asks questions of one backend.

    Args:
        backend: Who answers; already entered.
        write: Turns a question into its prompt.
        words: The words that count as answers.
        policy: How patient to be.
    """

    def __init__(
        self,
        backend: Backend,
        write: Callable[[Question], Prompt],
        words: AnswerWords,
        policy: AskingPolicy,
    ) -> None:
        self._backend = backend
        self._write = write
        self._words = words
        self._policy = policy
        self._faults_in_a_row = 0

    async def ask_all(
        self, questions: Iterable[Question], hear: Callable[[Answer | NoAnswer], None]
    ) -> None:
        """Ask every question once and hand each outcome to `hear` as it comes.

        Raises:
            JudgeUnavailable: The server is gone, or fails at question after question.
        """
        waiting = iter(questions)

        async def work() -> None:
            for question in waiting:
                hear(await self._ask(question))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._backend.concurrency):
                    group.create_task(work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _ask(self, question: Question) -> Answer | NoAnswer:
        started = time.monotonic()
        prompt = self._write(question)
        try:
            reading, usage = await self._with_retries(prompt)
        except ServerGone as error:
            raise JudgeUnavailable(f"the judge stopped answering ({error}).") from error
        except TryAgain as error:
            self._count_fault(error)
            return NoAnswer(question, error.reason)
        except Unanswered as error:
            return NoAnswer(question, error.reason)
        self._faults_in_a_row = 0
        return Answer(question, reading, usage, time.monotonic() - started)

    async def _with_retries(self, prompt: Prompt) -> tuple[Reading, Usage]:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(self._policy.attempts),
            wait=wait_random_exponential(multiplier=1.0, max=self._policy.longest_wait),
            reraise=True,
        )
        return await retrying(self._attempt, prompt)

    async def _attempt(self, prompt: Prompt) -> tuple[Reading, Usage]:
        try:
            async with asyncio.timeout(self._policy.timeout):
                return await self._answer(prompt)
        except TimeoutError:
            raise TryAgain("timeout", f"no answer in {self._policy.timeout:g} s") from None

    async def _answer(self, prompt: Prompt) -> tuple[Reading, Usage]:
        """Return what the judge says; a written answer that is none is asked for once more."""
        reply = await self._backend.ask(prompt)
        try:
            return read_reply(reply, self._words), reply.usage
        except Unanswered:
            if reply.candidates:
                raise
        # The same prompt would get the same text again, so this one insists.
        again = await self._backend.ask(prompt.insistent)
        return read_reply(again, self._words), reply.usage + again.usage

    def _count_fault(self, error: TryAgain) -> None:
        self._faults_in_a_row += 1
        if self._faults_in_a_row >= FAULTS_IN_A_ROW_BEFORE_GIVING_UP:
            raise JudgeUnavailable(
                f"the judge failed at {self._faults_in_a_row} questions in a row ({error})."
            ) from error
