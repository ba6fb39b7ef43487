"""Two models on the same cases."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from scipy.special import bdtr, ndtri

from evaluator.statistics.bootstrap import mean_estimate
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import CONFIDENCE

POWER = 0.8


@dataclass(frozen=True, slots=True)
class ScoreComparison:
    """How much better one model scores than another.

    Attributes:
        difference: The mean of the first one's scores less the second's, -1 to 1.
        first_better: How often the first one scores higher, ties counted half: 0 to 1, 0.5 where
            neither is better.
    """

    difference: Estimate
    first_better: Estimate


@dataclass(frozen=True, slots=True)
class RateComparison:
    """Whether one model is right more often than another.

    Attributes:
        only_first: Cases that only the first one gets right.
        only_second: Cases that only the second one gets right.
        discordance: The share of both in all cases, 0 to 1; None without a case.
        p_value: Of McNemar's exact test, two-sided; 1 without a discordant case.
    """

    only_first: int
    only_second: int
    discordance: float | None
    p_value: float


def compare_scores(first: Sequence[float], second: Sequence[float], seed: int) -> ScoreComparison:
    """Return the paired comparison of two models' scores.

    Both intervals are bootstraps over cases, with both scores of a case kept together, so that
    what makes a case hard for either model cancels.

    Args:
        first: One model's scores, shape (cases,).
        second: The other's, of the same cases.
        seed: Seed of the resampling.

    Returns:
        The comparison; undefined without a case.

    Raises:
        ValueError: The lengths differ, or a score is not finite.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} cases cannot be paired with {len(second)}.")
    ahead = numpy.asarray(first, dtype=float) - numpy.asarray(second, dtype=float)
    if not numpy.isfinite(ahead).all():
        raise ValueError("Scores must be finite.")
    wins = (numpy.sign(ahead) + 1) / 2
    return ScoreComparison(mean_estimate(ahead, seed), mean_estimate(wins, seed))


def compare_rates(first: Sequence[bool], second: Sequence[bool]) -> RateComparison:
    """Return McNemar's exact test (1947, Psychometrika 12:153) of two models.

    Only cases that one of them gets right tell them apart. If they are equally good, each is the
    first one's with probability one half.

    Args:
        first: Whether one model is right, shape (cases,).
        second: Whether the other is, of the same cases.

    Raises:
        ValueError: The lengths differ.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} cases cannot be paired with {len(second)}.")
    one, other = numpy.asarray(first, dtype=bool), numpy.asarray(second, dtype=bool)
    only_first, only_second = int((one & ~other).sum()), int((other & ~one).sum())
    discordant = only_first + only_second
    fewer = min(only_first, only_second)
    p_value = min(1.0, 2 * float(bdtr(fewer, discordant, 0.5)))
    share = discordant / len(one) if len(one) else None
    return RateComparison(only_first, only_second, share, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for being several, by Holm's step-down (1979, Scand. J. Stat. 6:65).

    To reject those of at most 5 % mistakes no true hypothesis for a false one with 95 %
    probability, however the tests depend on each other.

    Args:
        p_values: Of each comparison, 0 to 1.

    Returns:
        The adjusted p-values in the same order, none below its own.

    Raises:
        ValueError: A p-value is not from 0 to 1.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("p-values must be from 0 to 1.")
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return adjusted


def cases_needed(difference: float, discordance: float) -> int | None:
    """Return how many cases show a difference of two rates with 80 % power at the 5 % level.

    For McNemar's test, two-sided, from the difference δ and the discordance ψ (Connor 1987,
    Biometrics 43:207, p. 209): (z₀.₉₇₅ √ψ + z₀.₈ √(ψ - δ²))² / δ². The exact test needs some 5 %
    more.

    Args:
        difference: The difference to see, such as 0.05 for five points; of either sign.
        discordance: The share of cases that only one of the models gets right, 0 to 1.

    Returns:
        The number of cases; None where fewer cases are discordant than would make the difference.

    Raises:
        ValueError: The difference is 0 or beyond ±1, or the discordance is not from 0 to 1.
    """
    if not 0 < abs(difference) <= 1 or not 0 <= discordance <= 1:
        raise ValueError("Cases are counted for a difference above 0 and rates from 0 to 1.")
    if discordance < abs(difference):
        return None
    at_chance = float(ndtri((1 + CONFIDENCE) / 2)) * math.sqrt(discordance)
    apart = float(ndtri(POWER)) * math.sqrt(discordance - difference**2)
    return math.ceil(((at_chance + apart) / difference) ** 2)
