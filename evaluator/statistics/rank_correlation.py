"""Whether two scores put units into the same order."""

from collections.abc import Sequence

import numpy

from evaluator.statistics.bootstrap import Counts, Floats, bootstrap, ratio
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.ranks import WeightedInversions, WeightedRanks, WeightedTies


def spearman(first: Sequence[float], second: Sequence[float], seed: int) -> Estimate:
    """Return Spearman's rho (1904, Am. J. Psychol. 15:72), the correlation of mid-ranks.

    The interval is a bootstrap over units.

    Args:
        first: One score, shape (units,).
        second: The other, of the same units.
        seed: Seed of the resampling.

    Returns:
        The estimate, from -1 for opposite orders to 1 for the same. Undefined where either score
        is the same for all units.

    Raises:
        ValueError: The lengths differ, or a score is not finite.
    """
    values, counts = _distinct_pairs(first, second)
    one, other = (WeightedRanks(column) for column in values.T)

    def rho(weights: Counts) -> Floats:
        units = weights.sum(axis=1, keepdims=True)
        x, y = (ranks.twice_below(weights) / units - 1 for ranks in (one, other))  # of mean 0
        weighted = weights * x
        spread = numpy.einsum("rg,rg->r", weighted, x)
        spread *= numpy.einsum("rg,rg->r", weights * y, y)
        return ratio(numpy.einsum("rg,rg->r", weighted, y), numpy.sqrt(spread))

    return bootstrap(rho, counts, seed)


def kendall(first: Sequence[float], second: Sequence[float], seed: int) -> Estimate:
    """Return Kendall's tau-b (1945, Biometrika 33:239).

    Pairs of units in the same order less those in opposite orders, over the geometric mean of
    those that are not tied in the one score and in the other. The interval is a bootstrap over
    units.

    Args:
        first: One score, shape (units,).
        second: The other, of the same units.
        seed: Seed of the resampling.

    Returns:
        The estimate, from -1 for opposite orders to 1 for the same. Undefined where either score
        is the same for all units.

    Raises:
        ValueError: The lengths differ, or a score is not finite.
    """
    values, counts = _distinct_pairs(first, second)
    one, other = (WeightedTies(column) for column in values.T)
    inversions = WeightedInversions(*values.T)

    def tau(weights: Counts) -> Floats:
        pairs = weights.sum(axis=1) ** 2  # ordered, each unit with itself among them
        x, y = (pairs - ties.count(weights) for ties in (one, other))
        untied = x + y - pairs + numpy.einsum("rg,rg->r", weights, weights)
        return ratio(untied - 4 * inversions.count(weights), numpy.sqrt(x * y.astype(float)))

    return bootstrap(tau, counts, seed)


def _distinct_pairs(first: Sequence[float], second: Sequence[float]) -> tuple[Floats, Counts]:
    if len(first) != len(second):
        raise ValueError(f"{len(first)} scores cannot be compared with {len(second)}.")
    pairs = numpy.array([first, second], dtype=float).T
    if not numpy.isfinite(pairs).all():
        raise ValueError("Scores must be finite.")
    return numpy.unique(pairs, axis=0, return_counts=True)
