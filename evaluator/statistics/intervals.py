"""Confidence intervals for rates and means."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy
from numpy.typing import NDArray

Interval = tuple[float, float]

RESAMPLES = 2_000
FEWEST_OBSERVATIONS = 10
CONFIDENCE = 0.95
STANDARD_NORMAL = NormalDist()
Z = STANDARD_NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
"""Standard errors to either side of an estimate whose errors are normal."""

CELLS_AT_ONCE = 2_000_000

ROUNDING = 1e-9
"""Draws that differ by less, relatively, are equal."""


def rate_interval(successes: float, trials: int) -> Interval | None:
    """Return the Wilson score interval of a rate at 95 % (Wilson 1927, JASA 22:209).

    Written out, because importing `scipy.stats` would cost more time than the whole judge stage of
    a usual run.

    Args:
        successes: Number of successes, 0 to `trials`; a tie may count half.
        trials: Number of trials; None is returned where there are none.
    """
    if trials == 0:
        return None
    rate, shrink = successes / trials, 1 + Z * Z / trials
    centre = (rate + Z * Z / (2 * trials)) / shrink
    half = Z / shrink * math.sqrt(rate * (1 - rate) / trials + (Z / (2 * trials)) ** 2)
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(values: Sequence[float], counts: Sequence[int], seed: int) -> Interval | None:
    """Return the BCa bootstrap interval at 95 % of the mean of grouped values.

    Each value stands for `count` equal observations, so resampling the observations is one
    multinomial draw over the groups, however many there are. Bias correction and acceleration
    follow Efron (1987, JASA 82:171, sections 3 and 6), the acceleration from the jackknife.

    Args:
        values: The distinct values, shape (groups,).
        counts: How often each occurs, shape (groups,).
        seed: Seed of the resampling.

    Returns:
        The interval, or None where there is no variation or there are fewer than ten observations:
        from so few a bootstrap interval holds the truth far less often than 95 % of the time.
    """
    value = numpy.asarray(values, dtype=float)
    count = numpy.asarray(counts, dtype=float)
    value, count = value[count > 0], count[count > 0]
    total = count.sum()
    if total < FEWEST_OBSERVATIONS or numpy.ptp(value) == 0:
        return None
    mean = float(value @ count / total)
    return bca_interval(_resampled_means(value, count, seed), mean, value - mean, count)


def bca_interval(
    draws: NDArray[numpy.float64],
    estimate: float,
    influences: NDArray[numpy.float64],
    counts: NDArray[numpy.float64],
) -> Interval | None:
    """Return the bias-corrected and accelerated interval at 95 % (Efron 1987, JASA 82:171).

    Args:
        draws: The measure in each resample, shape (resamples,).
        estimate: The measure in the sample.
        influences: What a unit of each group adds to the measure, of mean 0, shape (groups,).
        counts: How many units each group stands for, shape (groups,).

    Returns:
        The interval, or None where all draws are equal.
    """
    spread = numpy.ptp(draws)
    if spread <= ROUNDING * numpy.abs(draws).max():
        return None
    gaps = (draws - estimate) / spread
    gaps[numpy.abs(gaps) < ROUNDING] = 0
    below = (numpy.sum(gaps < 0) + numpy.sum(gaps <= 0)) / (2 * len(draws))
    bias = STANDARD_NORMAL.inv_cdf(min(max(below, 1 / len(draws)), 1 - 1 / len(draws)))
    size = (counts @ influences**2) ** 1.5
    acceleration = (counts @ influences**3) / (6 * size) if size else 0.0
    shifted = bias + numpy.array([-Z, Z])
    ends = bias + shifted / (1 - acceleration * shifted)
    low, high = numpy.quantile(draws, [STANDARD_NORMAL.cdf(end) for end in ends])
    return float(low), float(high)


def _resampled_means(
    value: NDArray[numpy.float64], count: NDArray[numpy.float64], seed: int
) -> NDArray[numpy.float64]:
    """Return the means of the resamples, drawn in blocks that fit into the memory."""
    total = count.sum()
    draw = numpy.random.default_rng(seed)
    block = max(1, CELLS_AT_ONCE // len(value))
    sizes = [min(block, RESAMPLES - start) for start in range(0, RESAMPLES, block)]
    return numpy.concatenate(
        [draw.multinomial(int(total), count / total, size) @ value / total for size in sizes]
    )
