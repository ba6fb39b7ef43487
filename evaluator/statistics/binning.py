"""Probabilities in bins."""

from collections.abc import Sequence

import numpy

from evaluator.statistics.bootstrap import Counts, Floats
from evaluator.statistics.intervals import FEWEST_OBSERVATIONS
from evaluator.statistics.ranks import WeightedRanks

MOST_BINS = 10


def foretold(probabilities: Sequence[float], outcomes: Sequence[bool]) -> tuple[Floats, Floats]:
    """Return probabilities and outcomes, 0 or 1, as arrays.

    Raises:
        ValueError: The lengths differ, or a probability is not from 0 to 1.
    """
    if len(probabilities) != len(outcomes):
        raise ValueError(f"{len(probabilities)} probabilities cannot foretell {len(outcomes)}.")
    said = numpy.asarray(probabilities, dtype=float)
    if not ((said >= 0) & (said <= 1)).all():
        raise ValueError("Probabilities must be from 0 to 1.")
    return said, numpy.asarray(outcomes, dtype=bool).astype(float)


def equal_mass_bins(probabilities: Floats) -> Counts:
    """Return each unit's bin, counted from 0, shape (units,).

    Bins are at the quantiles of the probabilities (Nguyen and O'Connor 2015, EMNLP), ten of them
    or as many as hold ten units each. Equal probabilities share a bin, that of their mid-rank; a
    bin may be empty.
    """
    units = len(probabilities)
    most = min(MOST_BINS, max(1, units // FEWEST_OBSERVATIONS))
    once = numpy.ones((1, units), dtype=numpy.int64)
    bins: Counts = WeightedRanks(probabilities).twice_below(once)[0] * most // (2 * units)
    return bins
