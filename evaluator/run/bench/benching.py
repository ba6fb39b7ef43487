"""The whole measurement: endpoints opened, warmed up, and measured in turns."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress

from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import PullProgress
from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.question import probe_prompt
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.benchmark import Benchmark
from evaluator.run.bench.budget import Budget, Exhausted
from evaluator.run.bench.comparing import Contender, figures_of, ratios
from evaluator.run.bench.endpoints import Endpoint, endpoints_of
from evaluator.run.bench.measuring import Loading, Measured
from evaluator.run.bench.prompts import PromptSupply
from evaluator.run.progress import Progress
from evaluator.run.settings import BenchSettings


def bench(
    settings: BenchSettings, max_seconds: float, pull: PullProgress, progress: Progress
) -> Benchmark:
    """Measure how fast judges answer.

    Args:
        settings: Which judges, and how much they are asked.
        max_seconds: Time that all may take.
        pull: Progress of pulling a missing model; used only where the settings allow it.
        progress: Where progress is shown.

    Raises:
        ConfigError: An endpoint cannot be understood, or one round is more than may be asked.
        JudgeUnavailable: A judge cannot be reached or does not answer, or there was no time for
            one round.
    """
    return asyncio.run(_Bench(settings, max_seconds, pull, progress).measured())


class _Bench:
    def __init__(
        self, settings: BenchSettings, max_seconds: float, pull: PullProgress, progress: Progress
    ) -> None:
        self._settings = settings
        self._max_seconds = max_seconds
        self._pull = pull if settings.pull else None
        self._progress = progress
        self._rubric: Rubric = load_rubric(settings.rubric)
        self._endpoints = endpoints_of(settings)
        self._budget = Budget(settings.max_calls, max_seconds)

    async def measured(self) -> Benchmark:
        """Return what was measured."""
        async with AsyncExitStack() as stack:
            try:
                judges = [await self._opened(one, stack) for one in self._endpoints]
                loadings = [await one.warm_up(unload=self._settings.unload) for one in judges]
            except Exhausted:
                raise self._too_little() from None
            await self._rounds(judges)
            return self._result(judges, loadings)

    async def _opened(self, endpoint: Endpoint, stack: AsyncExitStack) -> Measured:
        spec, most = endpoint.spec, self._settings.max_concurrency
        backend = open_backend(
            spec,
            timeout=self._settings.timeout,
            concurrency=most,
            pull=self._pull,
            probe=probe_prompt(self._rubric, self._rubric.form(spec.form)),
        )
        began = time.monotonic()
        entered = await self._budget.in_time(stack.enter_async_context(backend))
        return Measured(
            endpoint,
            entered,
            PromptSupply(self._rubric, spec.form),
            self._budget,
            self._settings.timeout,
            _doublings(min(most, backend.concurrency)),
            time.monotonic() - began,
        )

    async def _rounds(self, judges: list[Measured]) -> None:
        """Measure all endpoints in every round, in alternating order: noise hits each of them."""
        with (
            suppress(Exhausted),
            self._progress.stage("measuring", self._settings.rounds, "rounds") as advance,
        ):
            for number in range(self._settings.rounds):
                for judge in judges if number % 2 == 0 else reversed(judges):
                    await judge.take_round()
                advance(1)

    def _result(self, judges: list[Measured], loadings: list[Loading]) -> Benchmark:
        rounds = min(len(one.samples) for one in judges)
        if rounds == 0:
            raise self._too_little()
        figures = [
            figures_of(judge, loading, rounds)
            for judge, loading in zip(judges, loadings, strict=True)
        ]
        first, *others = (
            Contender(one, judge.samples[:rounds])
            for one, judge in zip(figures, judges, strict=True)
        )
        return Benchmark(
            rounds=rounds,
            calls=self._budget.calls,
            warm_up_calls=self._budget.warm_up_calls,
            seconds=round(self._budget.seconds, 3),
            ended_by=self._budget.spent,
            endpoints=tuple(figures),
            ratios=tuple(ratio for other in others for ratio in ratios(first, other)),
        )

    def _too_little(self) -> ConfigError | JudgeUnavailable:
        if self._budget.spent == "calls":
            return ConfigError(
                f"--max-calls {self._settings.max_calls} is less than one round takes; allow more, "
                "or lower --max-concurrency."
            )
        return JudgeUnavailable(
            f"no round was measured in {self._max_seconds:g} s; allow more with --max-seconds, or "
            "lower --max-concurrency."
        )


def _doublings(most: int) -> list[int]:
    """Return 1, 2, 4 and so on, up to a number and with it."""
    return sorted({most, *(1 << n for n in range(most.bit_length()) if 1 << n <= most)})
