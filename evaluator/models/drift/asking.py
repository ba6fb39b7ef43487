"""Two judges asked the same questions in turns, so that noise hits both."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from evaluator.backends.inspecting import Inspector
from evaluator.backends.naming import JudgeSpec
from evaluator.errors import JudgeUnavailable
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.labels import Label
from evaluator.judge.question import PROBE, Question
from evaluator.models.drift.report import Cost
from evaluator.run.judging import JudgeSession
from evaluator.run.progress import Progress

BLOCKS = 4
WARM_UP = Question(PROBE.first, PROBE.second)


class Interview:
    """One judge's answers, block by block.

    Args:
        session: The judge; already entered.
        labels: Labels whose plain names it reads.
    """

    def __init__(self, session: JudgeSession, labels: Sequence[Label]) -> None:
        self._session = session
        self._labels = labels
        self.heard: dict[Question, Answer | NoAnswer] = {}
        self._blocks: list[tuple[int, float]] = []

    def ask(self, questions: list[Question]) -> None:
        """Ask a block of questions, after one that is not timed: it may have to load the model.

        Raises:
            JudgeUnavailable: The judge stopped answering.
        """
        self._session.ask(self._labels, [WARM_UP], lambda outcome: None)
        began = time.monotonic()
        self._session.ask(self._labels, questions, self._hear)
        self._blocks.append((len(questions), time.monotonic() - began))

    def _hear(self, outcome: Answer | NoAnswer) -> None:
        self.heard[outcome.question] = outcome

    def cost(self, spec: JudgeSpec) -> Cost:
        """Return what the judge took and takes."""
        loaded, stored = sizes(spec)
        asked, seconds = (sum(column) for column in zip(*self._blocks, strict=True))
        return Cost(
            questions_per_second=asked / seconds if seconds > 0 else None,
            blocks=tuple(count / spent for count, spent in self._blocks if spent > 0),
            loaded=loaded,
            stored=stored,
        )


def ask_in_turns(
    interviews: Sequence[Interview], questions: list[Question], progress: Progress
) -> None:
    """Ask every judge every question, in blocks and in alternating order.

    Raises:
        JudgeUnavailable: A judge stopped answering.
    """
    total = len(questions) * len(interviews)
    with progress.stage("judging", total, "questions") as advance:
        for number, block in enumerate(_blocks(questions)):
            for one in interviews if number % 2 == 0 else reversed(interviews):
                one.ask(block)
                advance(len(block))


def _blocks(questions: list[Question]) -> Iterator[list[Question]]:
    size = max(1, -(-len(questions) // BLOCKS))
    for start in range(0, len(questions), size):
        yield questions[start : start + size]


def sizes(spec: JudgeSpec) -> tuple[int | None, int | None]:
    """Return a judge's bytes in memory and on the disk; None for what nobody tells."""
    if spec.backend == "embedded":
        from evaluator.backends.gguf import packaged_gguf

        return None, (spec.gguf or packaged_gguf()).stat().st_size
    if spec.backend != "ollama":
        return None, None
    with suppress(JudgeUnavailable):
        return asyncio.run(_sizes_at_server(Inspector(spec, spec.urls[0])))
    return None, None


async def _sizes_at_server(inspector: Inspector) -> tuple[int | None, int | None]:
    running = await inspector.loaded()
    stored = next(
        (one.size for one in await inspector.models() if one.model == inspector.model), None
    )
    return None if running is None else running.size, stored
