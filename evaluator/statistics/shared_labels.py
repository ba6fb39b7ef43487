"""Means and differences over pairs of labels that share labels."""

from collections.abc import Sequence

import numpy

from evaluator.statistics.bootstrap import Counts, Floats, ratio
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.label_bootstrap import Pair, over_labels
from evaluator.statistics.ranks import WeightedRanks


def pair_mean(pairs: Sequence[Pair], values: Sequence[float], seed: int) -> Estimate:
    """Return the mean of a value over pairs, with an interval over labels (`over_labels`).

    Args:
        pairs: Each pair's two labels, shape (pairs,).
        values: The pairs' values, finite, shape (pairs,).
        seed: Seed of the resampling.

    Returns:
        The mean; `n` counts the pairs. Undefined without a pair. No interval below ten labels and
        where the mean never varies.
    """
    value = numpy.asarray(values, dtype=float)

    def mean(occurs: Counts) -> Floats:
        return ratio(occurs @ value, occurs.sum(axis=1))

    return over_labels(pairs, mean, seed)


def pair_auc_difference(
    pairs: Sequence[Pair],
    first: Sequence[float],
    second: Sequence[float],
    related: Sequence[bool],
    seed: int,
) -> Estimate:
    """Return how much larger the area under the ROC curve of one score is than of another.

    Args:
        pairs: Each pair's two labels, shape (pairs,).
        first: One score of the pairs, shape (pairs,).
        second: The other, of the same pairs.
        related: Whether each pair's labels are, shape (pairs,).
        seed: Seed of the resampling, in which both scores meet the same pairs.

    Returns:
        The second's area less the first's, -1 to 1; `n` counts the pairs. Undefined without a pair
        of either kind. No interval below ten labels and where the difference never varies.
    """
    is_related = numpy.asarray(related, dtype=bool)
    ranks = [WeightedRanks(numpy.asarray(scores, dtype=float)) for scores in (first, second)]

    def difference(occurs: Counts) -> Floats:
        positive, negative = occurs * is_related, occurs * ~is_related
        one, other = (
            numpy.einsum("rp,rp->r", positive, rank.twice_below(negative)) for rank in ranks
        )
        return ratio((other - one) / 2, positive.sum(axis=1) * negative.sum(axis=1))

    return over_labels(pairs, difference, seed)
