"""Agreement of raters beyond chance."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Literal

import numpy

from evaluator.statistics.bootstrap import Counts, Floats, Measure, bootstrap, ratio
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.ranks import WeightedRanks

Metric = Literal["ordinal", "interval"]

FEWEST_RATINGS = 2
"""A unit with fewer says nothing about agreement."""

NO_DISAGREEMENT = 1e-12
"""Disagreement of values between 0 and 1 that is 0 but for rounding."""


def quadratic_kappa(
    first: Sequence[Hashable], second: Sequence[Hashable], levels: Sequence[Hashable], seed: int
) -> Estimate:
    """Return Cohen's kappa of two raters with quadratic weights (Cohen 1968, Psych. Bull. 70:213).

    A disagreement counts by the square of its distance in levels, so kappa is one less the mean
    squared distance over that of raters who are independent but use the levels as often: 1 where
    they always agree, 0 for chance, -1 at the least. The interval is a bootstrap over units.

    Args:
        first: One rater's levels, shape (units,).
        second: The other's, of the same units.
        levels: All levels in their order; neighbours are one apart, whatever their scores.
        seed: Seed of the resampling.

    Returns:
        The estimate. Undefined without a unit and where both raters only ever use one same level.

    Raises:
        ValueError: The raters' lengths differ, or a rating is not among the levels.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} ratings cannot be compared with {len(second)}.")
    place = {level: float(at) for at, level in enumerate(levels)}
    unknown = {*first, *second} - place.keys()
    if unknown:
        raise ValueError(f"{unknown} are not among the levels {list(levels)}.")
    both = numpy.array(
        [[place[one], place[other]] for one, other in zip(first, second, strict=True)]
    )
    pairs, counts = numpy.unique(both.reshape(-1, 2), axis=0, return_counts=True)
    one, other = pairs.T
    sums = numpy.stack([one, other, one**2 + other**2, (one - other) ** 2])

    def kappa(weights: Counts) -> Floats:
        units = weights.sum(axis=1)
        ones, others, squares, distances = sums @ weights.T
        return 1 - ratio(units * distances, units * squares - 2 * ones * others)

    return bootstrap(kappa, counts, seed)


def krippendorff_alpha(
    ratings: Sequence[Sequence[float | None]], metric: Metric, seed: int
) -> Estimate:
    """Return Krippendorff's alpha (2011, "Computing Krippendorff's Alpha-Reliability").

    One less the observed over the expected squared distance between two ratings: of the same unit,
    and of any two units. The distance is the difference of the values ("interval"), or the number
    of ratings from the one to the other, either counted half ("ordinal"), which is the difference
    of their mid-ranks. The interval is a bootstrap over units, recommended by Zapf et al. (2016,
    BMC Med. Res. Methodol. 16:93).

    Args:
        ratings: Each unit's ratings, None where a rater gave none; which rater gave which does not
            matter. Units of fewer than two ratings do not count.
        metric: How far apart two values are.
        seed: Seed of the resampling.

    Returns:
        The estimate, 1 for perfect agreement, 0 for chance, below 0 for less; `n` counts the units
        that do. Undefined without one and where all ratings are equal.

    Raises:
        ValueError: A rating is not finite.
    """
    given = [sorted(float(value) for value in unit if value is not None) for unit in ratings]
    if not all(math.isfinite(value) for unit in given for value in unit):
        raise ValueError("Ratings are finite numbers or None.")
    occurs = Counter(tuple(unit) for unit in given if len(unit) >= FEWEST_RATINGS)
    if not occurs:
        return Estimate(None, None, 0)
    units = sorted(occurs, key=lambda unit: (-len(unit), unit))
    counts = numpy.array([occurs[unit] for unit in units])
    return bootstrap(_alpha_of(units, metric), counts, seed)


def _alpha_of(units: Sequence[Sequence[float]], metric: Metric) -> Measure:
    """Return alpha as a measure of the weights of units, sorted by falling number of ratings.

    All first ratings stand first, then all second ones and so on: the units that have one are the
    first so many, and sums over units' ratings take as many additions as the longest has ratings.
    """
    sizes = numpy.array([len(unit) for unit in units])
    having = [int((sizes > place).sum()) for place in range(sizes[0])]
    values = numpy.array([unit[at] for at, n in enumerate(having) for unit in units[:n]])
    ranks = WeightedRanks(values)
    unit_of = numpy.concatenate([numpy.arange(n) for n in having])
    scaled = ((values - values.min()) / (numpy.ptp(values) or 1.0))[None]

    def alpha(weights: Counts) -> Floats:
        total = weights @ sizes
        if metric == "ordinal":
            place = ranks.twice_below(weights.take(unit_of, axis=1)) / (2 * total[:, None])
        else:
            place = scaled
        sums = numpy.zeros((len(place), len(units)))
        squares = numpy.zeros_like(sums)
        start = 0
        for n in having:
            part = place[:, start : start + n]
            sums[:, :n] += part
            squares[:, :n] += part**2
            start += n
        within = (weights * (sizes * squares - sums**2) / (sizes - 1)).sum(axis=1)
        expected = total * (weights * squares).sum(axis=1) - (weights * sums).sum(axis=1) ** 2
        expected[expected < NO_DISAGREEMENT * total**2] = 0
        return 1 - ratio((total - 1) * within, expected)

    return alpha
