"""What 10,000 to 100,000,000 cases cost, by a model: calls, tokens, disk, hours and GPU-hours.

It is fitted to what was measured on two processors; whatever has a GPU in it rests on
assumptions, which `benchmarks/scale/rates.py` tells apart from measurements. Shards, evictions
and the slots of judges are simulated, with a seed. See [the plan](scale.md).
"""

from collections.abc import Iterator

import numpy

from benchmarks.scale.articles import article_run
from benchmarks.scale.limits import limits
from benchmarks.scale.shards import GPU, TWO_PROCESSORS, sharded_run
from benchmarks.scale.work import articles_shown, geval, labels_alone
from benchmarks.table import Row

SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
GPUS = (1, 10, 100)
SEED = 20


def measure() -> Iterator[Row]:
    """Yield the work, the hours of labels alone and of articles, and what ends first."""
    draw = numpy.random.default_rng(SEED)
    for cases in SIZES:
        yield from (labels_alone(cases), articles_shown(cases), geval(cases))
    for cases in SIZES:
        yield sharded_run(cases, TWO_PROCESSORS, 1, draw)
        yield from (sharded_run(cases, GPU, gpus, draw) for gpus in GPUS)
    for cases in SIZES:
        yield from (article_run(cases, gpus, draw) for gpus in GPUS)
    yield from limits()
