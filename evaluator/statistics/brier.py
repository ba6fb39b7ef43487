"""How wrong probabilities are, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from evaluator.statistics.binning import equal_mass_bins, foretold
from evaluator.statistics.bootstrap import mean_estimate
from evaluator.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class BrierScore:
    """The mean squared error of probabilities and what it is made of.

    score = reliability - resolution + uncertainty + within_bins.

    Attributes:
        score: The Brier score, 0 to 1; 0.25 is that of always saying one half.
        reliability: How far the bins' mean probabilities are from their frequencies; 0 is best.
        resolution: How far the bins' frequencies are from the overall one; more is better.
        uncertainty: The variance of the outcome, 0 to 0.25, which no probability can change.
        within_bins: What is lost and gained by telling units of one bin apart, of either sign; 0
            where a bin has one probability.
    """

    score: Estimate
    reliability: float | None
    resolution: float | None
    uncertainty: float | None
    within_bins: float | None


def brier_score(probabilities: Sequence[float], outcomes: Sequence[bool], seed: int) -> BrierScore:
    """Return the Brier score (1950, Mon. Weather Rev. 78:1) and its parts.

    The parts are Murphy's (1973, J. Appl. Meteorol. 12:595), over the bins of the expected
    calibration error. Where probabilities differ within a bin, the two further components of
    Stephenson et al. (2008, Weather Forecast. 23:752), together, make up the rest.

    Args:
        probabilities: Shape (units,), 0 to 1.
        outcomes: Whether what they foretell is so, shape (units,).
        seed: Seed of the resampling.

    Returns:
        The score; undefined without a unit. Its interval is a bootstrap over units.

    Raises:
        ValueError: The lengths differ, or a probability is not from 0 to 1.
    """
    said, true = foretold(probabilities, outcomes)
    score = mean_estimate((said - true) ** 2, seed)
    if score.value is None:
        return BrierScore(score, None, None, None, None)
    _, binned, sizes = numpy.unique(equal_mass_bins(said), return_inverse=True, return_counts=True)
    forecast, frequency = (numpy.bincount(binned, values) / sizes for values in (said, true))
    share, overall = sizes / len(true), true.mean()
    reliability = float(share @ (forecast - frequency) ** 2)
    resolution = float(share @ (frequency - overall) ** 2)
    uncertainty = float(overall * (1 - overall))
    rest = score.value - (reliability - resolution + uncertainty)
    return BrierScore(score, reliability, resolution, uncertainty, rest)
