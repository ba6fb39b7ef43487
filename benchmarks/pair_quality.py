"""How good scores of pairs are, with intervals that know that pairs share labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from benchmarks.pair_sets import PairSet
from evaluator.statistics.bootstrap import Counts, Floats, Measure, ratio, resampled_values
from evaluator.statistics.calibration_error import expected_calibration_error
from evaluator.statistics.discrimination import pair_auc
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import CONFIDENCE
from evaluator.statistics.ranks import WeightedRanks

SEED = 7

Flags = NDArray[numpy.bool_]
PairMeasure = Callable[[Counts], Floats]
"""From weights of shape (resamples, pairs) to one value a resample."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What one way of judging says of a set's pairs.

    Attributes:
        way: What it is called in a table.
        values: More for more related; None where it has no score, shape (pairs,).
        are_probabilities: Whether they claim to be from 0 to 1 and to mean something by it.
    """

    way: str
    values: tuple[float | None, ...]
    are_probabilities: bool = True

    @property
    def filled(self) -> Floats:
        """The values, 0 where there is none, as a user would see it who counts on every case."""
        return numpy.array([0.0 if value is None else value for value in self.values])


@dataclass(frozen=True, slots=True)
class PairQuality:
    """How good one way's scores of a set are. Pairs without a score count as 0.

    Attributes:
        answered: Share of pairs with a score, 0 to 1.
        auc: Area under the ROC curve.
        auc_of_answered: The same among the pairs with a score.
        spearman: Rank correlation with people's ratings, or with being related.
        mean_related: Mean score of related pairs.
        mean_unrelated: Mean score of unrelated pairs.
        brier: Brier score; None where the scores are no probabilities.
        calibration_error: Expected calibration error; likewise.
    """

    answered: float
    auc: Estimate
    auc_of_answered: Estimate
    spearman: Estimate
    mean_related: Estimate
    mean_unrelated: Estimate
    brier: Estimate | None
    calibration_error: float | None


def pair_quality(pairs: PairSet, scores: Scores) -> PairQuality:
    """Return how good scores are; intervals are percentiles of resampled labels."""
    values, related = scores.filled, numpy.array(pairs.related)
    known = [one is not None for one in scores.values]
    said = numpy.clip(values, 0, 1)
    missed = (said - related) ** 2
    return PairQuality(
        answered=sum(known) / len(known),
        auc=_auc(pairs, values, [True] * len(known)),
        auc_of_answered=_auc(pairs, values, known),
        spearman=_spearman(pairs, values),
        mean_related=_mean(pairs, values, related),
        mean_unrelated=_mean(pairs, values, ~related),
        brier=_mean(pairs, missed, related | ~related) if scores.are_probabilities else None,
        calibration_error=(
            expected_calibration_error(said.tolist(), pairs.related, SEED).error.value
            if scores.are_probabilities
            else None
        ),
    )


def auc_gain(pairs: PairSet, scores: Scores, other: Scores) -> Estimate:
    """Return how much larger the AUC of scores is than that of others, with a paired interval."""
    related = numpy.array(pairs.related)
    ranks = [WeightedRanks(one.filled) for one in (scores, other)]

    def gain(weights: Counts) -> Floats:
        mine, theirs = (_weighted_auc(one, weights, related) for one in ranks)
        return mine - theirs

    return _of_pairs(pairs, gain)


def mean_subset_auc(whole: PairSet, subsets: Sequence[tuple[PairSet, Scores]]) -> Estimate:
    """Return the mean AUC within subsets of a set's labels.

    A resample of the whole set's labels has a subset as often as all of its labels meet.
    """
    place = {label: at for at, label in enumerate(whole.words)}
    members = numpy.array([[place[word] for word in pairs.words] for pairs, _ in subsets])
    areas = numpy.array(
        [_auc(pairs, scores.filled, [True] * len(pairs.pairs)).value for pairs, scores in subsets]
    )

    def mean(weights: Counts) -> Floats:
        occurs = weights[:, members].prod(axis=2)
        return ratio(occurs @ areas, occurs.sum(axis=1))

    return _resampled(len(whole.words), mean, width=members.size)


def _of_pairs(pairs: PairSet, measure: PairMeasure) -> Estimate:
    """Return a measure of pairs, which a resample has as often as both of their labels meet."""
    place = {label: at for at, label in enumerate(pairs.words)}
    first, second = numpy.array([[place[one] for one in pair] for pair in pairs.pairs]).T

    def of_labels(weights: Counts) -> Floats:
        return measure(weights.take(first, axis=1) * weights.take(second, axis=1))

    return _resampled(len(pairs.words), of_labels, width=len(pairs.pairs))


def _resampled(labels: int, measure: Measure, width: int) -> Estimate:
    """Return a measure with the percentile interval of a bootstrap over labels."""
    once = numpy.ones(labels, dtype=numpy.int64)
    value = float(measure(once[None])[0])
    if numpy.isnan(value):
        return Estimate(None, None, labels)
    draws = resampled_values(measure, once, SEED, width)
    if draws is None or numpy.ptp(draws) == 0:
        return Estimate(value, None, labels)
    low, high = numpy.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, (float(low), float(high)), labels)


def _auc(pairs: PairSet, values: Floats, known: Sequence[bool]) -> Estimate:
    kept = [at for at, is_known in enumerate(known) if is_known]
    return pair_auc(
        [pairs.pairs[at] for at in kept],
        [float(values[at]) for at in kept],
        [pairs.related[at] for at in kept],
        SEED,
    )


def _weighted_auc(ranks: WeightedRanks, weights: Counts, related: Flags) -> Floats:
    positive, negative = weights * related, weights * ~related
    wins = numpy.einsum("rp,rp->r", positive, ranks.twice_below(negative))
    return ratio(wins / 2, positive.sum(axis=1) * negative.sum(axis=1))


def _mean(pairs: PairSet, values: Floats, among: Flags) -> Estimate:
    return _of_pairs(pairs, lambda weights: ratio(weights @ (values * among), weights @ among))


def _spearman(pairs: PairSet, values: Floats) -> Estimate:
    truth = pairs.related if pairs.ratings is None else pairs.ratings
    one, other = WeightedRanks(values), WeightedRanks(numpy.array(truth, dtype=float))

    def rho(weights: Counts) -> Floats:
        units = weights.sum(axis=1, keepdims=True)
        x, y = (ranks.twice_below(weights) - units for ranks in (one, other))
        spread = numpy.sqrt((weights * x**2).sum(axis=1) * (weights * y**2).sum(axis=1))
        return ratio((weights * x * y).sum(axis=1), spread)

    return _of_pairs(pairs, rho)
