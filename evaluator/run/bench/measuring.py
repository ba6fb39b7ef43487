"""One judge at one endpoint, measured round by round."""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from evaluator.backends.inspecting import Inspector
from evaluator.backends.protocol import Backend, Prompt, Reply, Unanswered
from evaluator.errors import JudgeUnavailable
from evaluator.judge.patience import side_by_side
from evaluator.run.bench.budget import Budget
from evaluator.run.bench.endpoints import Endpoint
from evaluator.run.bench.prompts import PromptSupply

FEWEST_VERDICTS = 2
TOKENS_OF_A_REASON = 32

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Loading:
    """What is known of how long the model took to load.

    Attributes:
        seconds: Time it took; None where that is not known.
        was_loaded: Whether it was in memory before; None where the server does not tell.
    """

    seconds: float | None
    was_loaded: bool | None


@dataclass(frozen=True, slots=True)
class Sample:
    """What one round measured; None for what the judge does not tell.

    Attributes:
        first_token: Seconds from a question alone to its one token.
        prompt_speed: Prompt tokens computed a second.
        generation_speed: Tokens generated a second.
        rates: Verdicts a second by questions in flight.
    """

    first_token: float | None
    prompt_speed: float | None
    generation_speed: float | None
    rates: Mapping[int, float]


@dataclass(slots=True)
class Measured:
    """A judge under measurement.

    Attributes:
        endpoint: Which.
        backend: Who answers; already entered.
        prompts: What it is asked.
        budget: How much it may be asked.
        timeout: Seconds that an answer may take.
        concurrencies: Numbers of questions in flight to try, in increasing order.
        opened_in: Seconds that entering took.
    """

    endpoint: Endpoint
    backend: Backend
    prompts: PromptSupply
    budget: Budget
    timeout: float
    concurrencies: Sequence[int]
    opened_in: float
    samples: list[Sample] = field(default_factory=list)

    async def warm_up(self, *, unload: bool) -> Loading:
        """Ask what counts in no figure, and learn how long the model took to load.

        Args:
            unload: Whether a server that can frees the model first.

        Raises:
            Exhausted: There is no budget for it.
            JudgeUnavailable: The judge does not answer.
        """
        inspector = self._inspector
        was_loaded: bool | None = None
        if inspector is not None:
            if unload:
                await inspector.unload()
            was_loaded = await inspector.loaded() is not None
        (question, _) = self.prompts.verdicts(1)
        self.budget.take(1, warm_up=True)
        first = await self._asked(question)
        if self.endpoint.spec.backend == "embedded":
            return Loading(self.opened_in, was_loaded=False)
        told = first.durations
        return Loading(None if told is None or was_loaded else told.loading, was_loaded)

    async def take_round(self) -> None:
        """Measure everything once.

        Raises:
            Exhausted: The budget ends before; the round does not count.
            JudgeUnavailable: The judge does not answer.
        """
        await self._warm_slots()
        rates: dict[int, float] = {}
        alone: list[float] = []
        for concurrency in self.concurrencies:
            verdicts = max(FEWEST_VERDICTS, concurrency)
            prompts = self._taken(self.prompts.verdicts(verdicts))
            seconds, each = await self._side_by_side(prompts, concurrency)
            rates[concurrency] = verdicts / seconds
            if concurrency == 1:
                alone = each
        one_token = self.backend.identity.scoring == "logprobs"
        sample = Sample(
            median(alone) if one_token else None,
            await self._prompt_speed(),
            await self._generation_speed(),
            rates,
        )
        self.samples.append(sample)

    @property
    def _inspector(self) -> Inspector | None:
        spec = self.endpoint.spec
        return Inspector(spec, spec.urls[0]) if spec.backend == "ollama" else None

    async def _warm_slots(self) -> None:
        """Have every slot read the beginning that the rubric's questions share.

        It stays in a run; what was asked last in the round before has another one.
        """
        most = self.concurrencies[-1]
        prompts = self.prompts.verdicts(most)[:most]
        self.budget.take(len(prompts), warm_up=True)
        await self._side_by_side(prompts, most)

    async def _side_by_side(
        self, prompts: Sequence[Prompt], concurrency: int
    ) -> tuple[float, list[float]]:
        """Return the seconds that all questions took together, and each of them."""
        each: list[float] = []

        async def work(prompt: Prompt) -> None:
            began = time.monotonic()
            await self._asked(prompt)
            each.append(time.monotonic() - began)

        began = time.monotonic()
        await side_by_side(lambda: concurrency, prompts, work)
        return time.monotonic() - began, each

    async def _prompt_speed(self) -> float | None:
        (prompt,) = self._taken([self.prompts.unread()])
        reply = await self._asked(prompt)
        told, usage = reply.durations, reply.usage
        if told is None or told.prompt <= 0:
            return None
        read = usage.prompt_tokens if usage.evaluated_tokens is None else usage.evaluated_tokens
        return read / told.prompt

    async def _generation_speed(self) -> float | None:
        prompt = self.prompts.reason()
        if prompt is None:
            return None
        self._taken([prompt])
        began = time.monotonic()
        reply = await self._in_time(self.backend.explain(prompt, TOKENS_OF_A_REASON))
        seconds = time.monotonic() - began
        tokens = reply.usage.generated_tokens
        if reply.durations is not None:
            spent = reply.durations.generation
            return tokens / spent if spent > 0 else None
        self._taken([prompt])
        began = time.monotonic()
        await self._in_time(self.backend.explain(prompt, 1))
        seconds -= time.monotonic() - began
        return (tokens - 1) / seconds if tokens > 1 and seconds > 0 else None

    def _taken(self, prompts: list[Prompt]) -> list[Prompt]:
        self.budget.take(len(prompts))
        return prompts

    async def _asked(self, prompt: Prompt) -> Reply:
        return await self._in_time(self.backend.ask(prompt))

    async def _in_time(self, answer: Awaitable[Result]) -> Result:
        async def patiently() -> Result:
            async with asyncio.timeout(self.timeout):
                return await answer

        try:
            return await self.budget.in_time(patiently())
        except (Unanswered, TimeoutError) as error:
            raise JudgeUnavailable(
                f"{self.endpoint.name} gives no answer ({str(error) or 'timeout'}); see with "
                "`evaluator doctor` what is wrong with it."
            ) from error
