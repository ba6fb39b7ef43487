"""Putting questions to a backend, and hearing what it says or that it says nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from evaluator.backends.protocol import Backend, Prompt, Unanswered, Usage
from evaluator.judge.patience import AskingPolicy, Patience, side_by_side
from evaluator.judge.question import Question
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.scoring import Reading, read_reply

FOR_GOOD = frozenset({"no-answer-word", "prompt-too-long"})
"""Reasons that say something of the judge and the question, and not of this moment."""


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

    @property
    def is_lost(self) -> bool:
        """Whether the judge may well answer when it is asked again."""
        return self.reason not in FOR_GOOD


Heard = Mapping[Question, Answer | NoAnswer]
"""What came of each question."""


def lost_by_reason(outcomes: Iterable[Answer | NoAnswer]) -> dict[str, int]:
    """Return how many questions may well have an answer when they are asked again."""
    reasons = (one.reason for one in outcomes if isinstance(one, NoAnswer) and one.is_lost)
    return dict(sorted(Counter(reasons).items()))


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
        self._patience = Patience(policy)

    async def ask_all(
        self, questions: Iterable[Question], hear: Callable[[Answer | NoAnswer], None]
    ) -> None:
        """Ask every question once and hand each outcome to `hear` as it comes.

        Raises:
            JudgeChanged: The judge is not the one that was entered.
            JudgeUnavailable: The server is gone, or fails at question after question.
        """
        has_asked = False

        async def work(question: Question) -> None:
            nonlocal has_asked
            has_asked = True
            hear(await self._ask(question))

        await side_by_side(lambda: self._backend.concurrency, questions, work)
        if has_asked:
            await self._backend.require_unchanged()

    async def _ask(self, question: Question) -> Answer | NoAnswer:
        started = time.monotonic()
        prompt = self._write(question)
        try:
            reading, usage = await self._patience.insist(lambda: self._answer(prompt))
        except Unanswered as error:
            return NoAnswer(question, error.reason)
        return Answer(question, reading, usage, time.monotonic() - started)

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
