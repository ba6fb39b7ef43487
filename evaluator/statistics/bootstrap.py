"""Bootstrap of any measure that can be computed from weighted units."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy
from numpy.typing import NDArray

from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import FEWEST_OBSERVATIONS, RESAMPLES, bca_interval

Floats = NDArray[numpy.float64]
Counts = NDArray[numpy.int64]
Measure = Callable[[Counts], Floats]
"""From weights of shape (resamples, groups), how often each group's units are in each resample,
to one value a resample; NaN where the measure is undefined."""

BATCH = 1 << 16
"""Numbers held at once, so that they stay in the processor's cache: half a MiB."""

JACKKNIFED = 200
"""Groups left out, one at a time, for the acceleration; of more, so many drawn at random."""

MOST_UNDEFINED = 0.05
"""Share of resamples without a value above which nothing is said about the rest."""

UNITS_A_BINOMIAL = 8
"""Drawing one unit costs an eighth of drawing how often one group occurs."""


def bootstrap(measure: Measure, counts: Counts, seed: int) -> Estimate:
    """Return a measure with its BCa bootstrap interval over units.

    Args:
        measure: The measure.
        counts: How many equal units each group stands for, at least one, shape (groups,).
        seed: Seed of the resampling.

    Returns:
        The estimate of all units. Its interval is None below ten units, where the measure never
        varies and where `resampled_values` gives none.
    """
    units = int(counts.sum())
    value = float(measure(counts[None])[0]) if units else numpy.nan
    if numpy.isnan(value):
        return Estimate(None, None, units)
    values = resampled_values(measure, counts, seed)
    if values is None:
        return Estimate(value, None, units)
    interval = bca_interval(values, value, *influences(measure, counts, seed))
    return Estimate(value, interval, units)


def resampled_values(measure: Measure, counts: Counts, seed: int, width: int = 1) -> Floats | None:
    """Return a measure's values in 2,000 resamples of the units.

    Args:
        measure: The measure.
        counts: How many equal units each group stands for, at least one, shape (groups,).
        seed: Seed of the resampling.
        width: Numbers that the measure needs for a resample, where they are more than the groups.

    Returns:
        The values where it is defined; None below ten units, and where it is undefined in more
        than 5 % of the resamples: the tails are no larger, and it is not by chance which are lost.
    """
    if counts.sum() < FEWEST_OBSERVATIONS:
        return None
    batches = _resamples(counts, seed, max(width, len(counts)))
    values = numpy.concatenate([measure(weights) for weights in batches])
    values = values[~numpy.isnan(values)]
    return values if len(values) >= (1 - MOST_UNDEFINED) * RESAMPLES else None


def influences(measure: Measure, counts: Counts, seed: int) -> tuple[Floats, Floats]:
    """Return what a unit of each group adds to a measure, by the jackknife (Efron 1987, section 6).

    Args:
        measure: The measure.
        counts: How many equal units each group stands for, shape (groups,).
        seed: Seed of the draw of groups where there are more than 200.

    Returns:
        What the measure loses without a unit of the group, of mean 0, and how many units that is
        for, both of shape (groups drawn,).
    """
    units, groups = int(counts.sum()), numpy.arange(len(counts))
    stands_for = counts.astype(float)
    if len(counts) > JACKKNIFED:
        groups = numpy.random.default_rng(seed).choice(groups, JACKKNIFED, p=counts / units)
        stands_for = numpy.full(JACKKNIFED, units / JACKKNIFED)
    without: list[float] = []
    for size in _batches(len(groups), len(counts)):
        weights = numpy.repeat(counts[None], size, axis=0)
        weights[numpy.arange(size), groups[len(without) : len(without) + size]] -= 1
        without.extend(measure(weights))
    values = numpy.array(without)
    known = ~numpy.isnan(values)
    if not known.any():
        return numpy.zeros(1), numpy.ones(1)
    mean = numpy.average(values[known], weights=stands_for[known])
    return mean - values[known], stands_for[known]


def mean_estimate(values: Floats, seed: int) -> Estimate:
    """Return the mean of units with its BCa bootstrap interval; undefined without a unit."""
    distinct, counts = numpy.unique(values, return_counts=True)

    def mean(weights: Counts) -> Floats:
        means: Floats = weights @ distinct / weights.sum(axis=1)
        return means

    return bootstrap(mean, counts, seed)


def ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    """Return numerator / denominator, NaN where the denominator is 0 or below."""
    undefined = numpy.full(numpy.broadcast_shapes(numerator.shape, denominator.shape), numpy.nan)
    quotients: Floats = numpy.divide(numerator, denominator, out=undefined, where=denominator > 0)
    return quotients


def _resamples(counts: Counts, seed: int, width: int) -> Iterator[Counts]:
    """Yield the weights of resamples, each a multinomial draw over the groups.

    Where most groups are single units it is quicker to draw the units.
    """
    draw = numpy.random.default_rng(seed)
    groups, units = len(counts), int(counts.sum())
    group_of_unit = numpy.repeat(numpy.arange(groups), counts)
    for size in _batches(RESAMPLES, width):
        if units > UNITS_A_BINOMIAL * groups:
            yield draw.multinomial(units, counts / units, size)
        else:
            drawn = group_of_unit[draw.integers(units, size=(size, units))]
            cells = drawn + groups * numpy.arange(size)[:, None]
            yield numpy.bincount(cells.ravel(), minlength=size * groups).reshape(size, groups)


def _batches(rows: int, width: int) -> Iterator[int]:
    most = max(1, BATCH // width)
    for start in range(0, rows, most):
        yield min(most, rows - start)
