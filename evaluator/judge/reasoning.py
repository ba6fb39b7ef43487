"""Asking a judge for the reasons of its verdicts, after all of them are given."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evaluator.backends.protocol import Backend, Prompt, Unanswered, Usage
from evaluator.judge.patience import AskingPolicy, Patience, side_by_side
from evaluator.judge.reason import MOST_TOKENS, Ruling, reason_said


@dataclass(frozen=True, slots=True)
class Reason:
    """What the judge says for a ruling.

    Attributes:
        ruling: The verdict.
        text: The reason, one line.
        usage: What it cost.
    """

    ruling: Ruling
    text: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class NoReason:
    """A ruling for which the judge says nothing.

    Attributes:
        ruling: The verdict.
        cause: A short stable word.
    """

    ruling: Ruling
    cause: str


class Reasoner:
    """Asks one backend for reasons.

    Args:
        backend: Who is asked; already entered.
        write: Turns a ruling into its prompt.
        policy: How patient to be.
    """

    def __init__(
        self, backend: Backend, write: Callable[[Ruling], Prompt], policy: AskingPolicy
    ) -> None:
        self._backend = backend
        self._write = write
        self._patience = Patience(policy)

    async def explain_all(
        self, rulings: Iterable[Ruling], hear: Callable[[Reason | NoReason], None]
    ) -> None:
        """Ask for the reason of every ruling and hand each to `hear` as it comes.

        Raises:
            JudgeChanged: The judge is not the one that was entered.
            JudgeUnavailable: The server is gone, or fails at ruling after ruling.
        """
        has_asked = False

        async def work(ruling: Ruling) -> None:
            nonlocal has_asked
            has_asked = True
            hear(await self._explain(ruling))

        await side_by_side(lambda: self._backend.concurrency, rulings, work)
        if has_asked:
            await self._backend.require_unchanged()

    async def _explain(self, ruling: Ruling) -> Reason | NoReason:
        prompt = self._write(ruling)
        try:
            reply = await self._patience.insist(lambda: self._backend.explain(prompt, MOST_TOKENS))
        except Unanswered as error:
            return NoReason(ruling, error.reason)
        text = reason_said(reply.said, was_cut=reply.usage.generated_tokens >= MOST_TOKENS)
        return Reason(ruling, text, reply.usage) if text else NoReason(ruling, "nothing-said")
