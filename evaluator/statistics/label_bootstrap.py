"""Bootstrap over the labels of pairs."""

from collections.abc import Sequence

import numpy

from evaluator.statistics.bootstrap import Counts, Floats, Measure, resampled_values
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import CONFIDENCE

Pair = tuple[str, str]


def over_labels(pairs: Sequence[Pair], measure: Measure, seed: int) -> Estimate:
    """Return a measure of pairs with a percentile interval over their labels.

    Pairs that share a label share what is said of it. So a resample has a label as often as it is
    drawn, and a pair as often as both its labels meet, which is the product of theirs (the
    pigeonhole bootstrap of Owen 2007, Ann. Appl. Stat. 1:386, with one set of labels for both
    sides).

    Args:
        pairs: Each pair's two labels, in either order, shape (pairs,).
        measure: Of how often each pair occurs, shape (resamples, pairs).
        seed: Seed of the resampling.

    Returns:
        The estimate; `n` counts the pairs. Undefined without a pair. No interval below ten labels,
        where the measure never varies and where it is undefined in more than 5 % of the resamples.
    """
    labels = sorted({label for pair in pairs for label in pair})
    place = {label: at for at, label in enumerate(labels)}
    ends = numpy.array([[place[one] for one in pair] for pair in pairs], int).reshape(-1, 2).T

    def of_labels(weights: Counts) -> Floats:
        return measure(weights.take(ends[0], axis=1) * weights.take(ends[1], axis=1))

    once = numpy.ones(len(labels), dtype=numpy.int64)
    value = float(of_labels(once[None])[0]) if pairs else numpy.nan
    if numpy.isnan(value):
        return Estimate(None, None, len(pairs))
    draws = resampled_values(of_labels, once, seed, width=len(pairs))
    if draws is None or numpy.ptp(draws) == 0:
        return Estimate(value, None, len(pairs))
    low, high = numpy.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, (float(low), float(high)), len(pairs))
