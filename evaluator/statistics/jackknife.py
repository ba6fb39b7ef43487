"""How much an estimate rests on single labels."""

import math
from collections.abc import Sequence

from evaluator.statistics.label_bootstrap import Pair

FEWEST_LABELS = 3


def label_error(
    pairs: Sequence[Pair], values: Sequence[float], counts: Sequence[int]
) -> float | None:
    """Return the standard error of a mean over pairs of labels, were the labels drawn anew.

    The jackknife (Efron and Stein 1981, Ann. Stat. 9:586) over labels: without a label all pairs
    that it is in are gone, so that what a judge gets wrong about one label, in all of its pairs
    alike, is seen. An interval over cases does not hold it.

    Args:
        pairs: Each group's two labels, shape (groups,).
        values: The groups' values, shape (groups,).
        counts: How often each occurs, at least 1, shape (groups,).

    Returns:
        The standard error in the values' unit, at least 0. None below three labels, and where a
        label is in every pair, without which nothing would be left.
    """
    labels = sorted({label for pair in pairs for label in pair})
    if len(labels) < FEWEST_LABELS:
        return None
    groups = list(zip(pairs, values, counts, strict=True))
    means = []
    for label in labels:
        left = [(value, n) for pair, value, n in groups if label not in pair]
        if not left:
            return None
        means.append(sum(value * n for value, n in left) / sum(n for _, n in left))
    centre = sum(means) / len(means)
    spread = sum((mean - centre) ** 2 for mean in means)
    return math.sqrt((len(labels) - 1) / len(labels) * spread)
