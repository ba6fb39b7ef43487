"""A run in shards, simulated: unequal shards, pods that start and are evicted, and the merge."""

from dataclasses import dataclass

import numpy
from numpy.random import Generator

from benchmarks.scale import rates
from benchmarks.scale.work import label_calls
from benchmarks.table import Cell

HOUR = 3_600.0
REPETITIONS = 200


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a shard runs.

    Attributes:
        name: What it is.
        classified: Tokens that it classifies in a second.
        questions: Questions on labels that its judge answers in a second.
        gpus: How many GPUs it has.
    """

    name: str
    classified: float
    questions: float
    gpus: int


TWO_PROCESSORS = Machine(
    "2 processors", rates.CLASSIFIED_TOKENS_A_SECOND, rates.LABEL_QUESTIONS_A_SECOND, 0
)
GPU = Machine("GPU", rates.GPU_CLASSIFIED_TOKENS_A_SECOND, rates.GPU_QUESTIONS_A_SECOND, 1)


@dataclass(frozen=True, slots=True)
class ShardedRun:
    """How long a run takes, the median of many simulated ones.

    Attributes:
        cases: How many.
        machine: What each of its machines is.
        shards: How many machines, one shard each.
        largest: The cases of the largest shard, in parts of the mean.
        reading: Seconds that a shard reads.
        shard_seconds: Seconds until the last shard is done, its pods' starts included.
        busy: Seconds of all machines together, until each is done.
        merge: Seconds of the merge, or of scoring in one piece, which is taken to be as long.
    """

    cases: int
    machine: Machine
    shards: int
    largest: float
    reading: float
    shard_seconds: float
    busy: float
    merge: float

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "cases": self.cases,
            "shards, each on": f"{self.shards} × {self.machine.name}",
            "largest shard / mean": self.largest,
            "reading, h": self.reading / HOUR,
            "last shard done, h": self.shard_seconds / HOUR,
            "scoring or merge, h": self.merge / HOUR,
            "together, h": (self.shard_seconds + self.merge) / HOUR,
            "GPU-hours": self.busy / HOUR * self.machine.gpus if self.machine.gpus else None,
        }


def sharded_run(cases: int, machine: Machine, shards: int, draw: Generator) -> ShardedRun:
    """Return how long a run takes in so many shards, all at work at once."""
    reading = reading_seconds(cases, shards)
    asked = label_calls(rates.LABELS) + rates.FIRST_USE_QUESTIONS
    found = numpy.empty((REPETITIONS, 3))
    for row in found:
        own = draw.multinomial(cases, [1 / shards] * shards)
        seconds = reading + own * rates.ARTICLE_TOKENS / machine.classified
        seconds[0] += asked / machine.questions
        evictions = draw.poisson(seconds / HOUR * rates.EVICTIONS_AN_HOUR)
        seconds += rates.POD_SECONDS + evictions * (rates.POD_SECONDS + reading)
        row[:] = own.max() * shards / cases, seconds.max(), seconds.sum()
    largest, last, busy = map(float, numpy.median(found, axis=0))
    merge = (rates.POD_SECONDS if shards > 1 else 0) + cases * rates.MERGE_SECONDS
    return ShardedRun(cases, machine, shards, largest, reading, last, busy, merge)


def reading_seconds(cases: int, shards: int) -> float:
    """Return how long each shard reads, or a run in one piece, from storage that all share."""
    if shards == 1:
        computed = cases * rates.PASSES_IN_ONE_PIECE * rates.READ_SECONDS
        moved = cases * rates.PASSES_IN_ONE_PIECE * rates.ARTICLE_BYTES
    else:
        computed = cases * (rates.READ_SECONDS + rates.KEPT_SECONDS / shards)
        moved = cases * (shards + rates.MOVES_OF_KEPT) * rates.ARTICLE_BYTES
    return max(computed, moved / rates.STORAGE_BYTES_A_SECOND)
