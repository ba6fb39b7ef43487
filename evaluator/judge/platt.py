"""Platt scaling: from a judge's logit to a probability of being related."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluator.errors import DataUnusable

STEPS = 100
SHORTEST_STEP = 1e-10
SUFFICIENT_DECREASE = 1e-4
RIDGE = 1e-12
FLAT = 1e-10


@dataclass(frozen=True, slots=True)
class Platt:
    """A line from logits to log odds.

    Attributes:
        slope: Log odds per unit of the logit; negative for a judge that means the contrary.
        intercept: Log odds where the logit is 0.
    """

    slope: float
    intercept: float

    def probability(self, logit: float) -> float:
        """Return P(related), 0 to 1, of a pair with that logit."""
        return 0.5 * (1.0 + math.tanh((self.slope * logit + self.intercept) / 2))

    def shifted(self, share_in_fit: float, base_rate: float) -> "Platt":
        """Return the line for a population that holds another share of related pairs.

        Bayes' rule: what a logit says of a pair stays, and only the prior log odds change.

        Args:
            share_in_fit: Share of related pairs among those of the fit, 0 to 1, both exclusive.
            base_rate: Their share in the population, 0 to 1, both exclusive.
        """
        return replace(
            self, intercept=self.intercept + _log_odds(base_rate) - _log_odds(share_in_fit)
        )


def fit_platt(logits: Sequence[float], related: Sequence[bool]) -> Platt:
    """Return the line of maximum likelihood.

    The targets are Platt's (1999, Advances in Large Margin Classifiers, section 2.2): the
    probabilities that Laplace's rule gives each class instead of 1 and 0. They keep the line finite
    where the classes can be separated. The search is Newton's with backtracking, in the form of
    Lin, Lin and Weng (2007, Machine Learning 68:267) that neither overflows nor cancels.

    Args:
        logits: The judge's logit of each pair, finite.
        related: Whether each is related, as people say.

    Raises:
        DataUnusable: The pairs are all related or all unrelated.
    """
    positives = sum(related)
    negatives = len(related) - positives
    if not positives or not negatives:
        raise DataUnusable(
            "a judge cannot be calibrated on pairs that are all related or all unrelated; "
            "label pairs of both kinds."
        )
    if_related, if_unrelated = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    points = [
        (logit, if_related if is_related else if_unrelated)
        for logit, is_related in zip(logits, related, strict=True)
    ]
    line = Platt(0.0, math.log((positives + 1) / (negatives + 1)))
    for _ in range(STEPS):
        slope_gradient, intercept_gradient = gradient = _gradient(line, points)
        if max(map(abs, gradient)) < FLAT * len(points):
            break
        by_slope, by_both, by_intercept = _curvature(line, points)
        determinant = by_slope * by_intercept - by_both**2
        direction = Platt(
            (by_both * intercept_gradient - by_intercept * slope_gradient) / determinant,
            (by_both * slope_gradient - by_slope * intercept_gradient) / determinant,
        )
        descent = slope_gradient * direction.slope + intercept_gradient * direction.intercept
        lower = _lower(line, direction, descent, points)
        if lower is None:
            break
        line = lower
    return line


Points = Sequence[tuple[float, float]]
"""Logits with their target probabilities."""


def _loss(line: Platt, points: Points) -> float:
    """Return the negative log likelihood, ln(1 + exp(odds)) - target·odds for each point."""
    total = 0.0
    for logit, target in points:
        odds = line.slope * logit + line.intercept
        total += math.log1p(math.exp(-abs(odds))) + max(odds, 0.0) - target * odds
    return total


def _gradient(line: Platt, points: Points) -> tuple[float, float]:
    slope = intercept = 0.0
    for logit, target in points:
        miss = line.probability(logit) - target
        slope += miss * logit
        intercept += miss
    return slope, intercept


def _curvature(line: Platt, points: Points) -> tuple[float, float, float]:
    """Return the second derivatives: by the slope, by both, by the intercept."""
    by_slope = by_intercept = RIDGE
    by_both = 0.0
    for logit, _ in points:
        rarer = math.exp(-abs(line.slope * logit + line.intercept))
        weight = rarer / (1 + rarer) ** 2
        by_slope += weight * logit * logit
        by_both += weight * logit
        by_intercept += weight
    return by_slope, by_both, by_intercept


def _lower(line: Platt, direction: Platt, descent: float, points: Points) -> Platt | None:
    """Return the line after the longest halved step that lowers the loss enough, if any does."""
    start, step = _loss(line, points), 1.0
    while step >= SHORTEST_STEP:
        trial = Platt(
            line.slope + step * direction.slope, line.intercept + step * direction.intercept
        )
        if _loss(trial, points) <= start + SUFFICIENT_DECREASE * step * descent:
            return trial
        step /= 2
    return None


def _log_odds(share: float) -> float:
    return math.log(share) - math.log1p(-share)
