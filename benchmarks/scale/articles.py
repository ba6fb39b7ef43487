"""Questions below articles, simulated: one process that asks, and the slots of its judges."""

import heapq
from dataclasses import dataclass

from numpy.random import Generator

from benchmarks.scale import rates
from benchmarks.scale.shards import HOUR
from benchmarks.scale.work import misses
from benchmarks.table import Cell

SIMULATED = 20_000
"""Questions whose pace stands for that of all."""

SPREAD = 0.3
"""Standard deviation of the logarithm of an answer's time."""


@dataclass(frozen=True, slots=True)
class ArticleRun:
    """How long the questions of a run take.

    Attributes:
        cases: How many cases, of which the misses are asked about.
        replicas: How many judges, one GPU each.
        answers_a_second: All judges' together.
        idle: The share of the slots' time that waits for the process that asks.
    """

    cases: int
    replicas: int
    answers_a_second: float
    idle: float

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        hours = misses(self.cases) * rates.QUESTIONS_A_MISS / self.answers_a_second / HOUR
        return {
            "cases": self.cases,
            "judges, a GPU each": self.replicas,
            "answers a second": self.answers_a_second,
            "slots idle": f"{self.idle:.0%}",
            "hours": hours,
            "GPU-hours": hours * self.replicas,
        }


def article_run(cases: int, replicas: int, draw: Generator) -> ArticleRun:
    """Return how long the questions of a run take before so many judges."""
    pace, idle = answers_a_second(replicas, draw)
    return ArticleRun(cases, replicas, pace, idle)


def answers_a_second(replicas: int, draw: Generator) -> tuple[float, float]:
    """Return the pace of a process that asks all judges, and what share of their slots idles."""
    slots = replicas * rates.SLOTS
    mean = rates.SLOTS / judge_questions_a_second()
    times = draw.lognormal(0.0, SPREAD, SIMULATED)
    times *= mean / times.mean()
    free = [0.0] * slots
    asked = 0.0
    for seconds in times:
        asked = max(asked, free[0]) + rates.ASK_SECONDS
        heapq.heapreplace(free, asked + seconds)
    ended = max(free)
    return SIMULATED / ended, 1 - float(times.sum()) / (slots * ended)


def judge_questions_a_second() -> float:
    """Return what one judge answers: it reads an article once for its six questions."""
    reading = rates.SHOWN_TOKENS / rates.GPU_PROMPT_TOKENS_A_SECOND / rates.QUESTIONS_A_MISS
    return 1 / (1 / rates.GPU_QUESTIONS_A_SECOND + reading)
