"""Isotonic regression: from a judge's logit to a probability, in any form that rises."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising line through knots, level beyond the first and the last.

    Attributes:
        logits: Where the knots are, rising, shape (knots,), at least one.
        probabilities: P(related) at each knot, never falling, 0 to 1, shape (knots,).
    """

    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    def probability(self, logit: float) -> float:
        """Return P(related), 0 to 1, of a pair with that logit."""
        after = bisect_right(self.logits, logit)
        if after == 0:
            return self.probabilities[0]
        if after == len(self.logits):
            return self.probabilities[-1]
        left, right = self.logits[after - 1], self.logits[after]
        low, high = self.probabilities[after - 1], self.probabilities[after]
        return low + (high - low) * (logit - left) / (right - left)


def fit_isotonic(logits: Sequence[float], related: Sequence[bool]) -> Isotonic:
    """Return the rising function nearest to the labels (Zadrozny and Elkan 2002, KDD, section 4).

    Pairs beyond the last one of the other kind would be certain, though no number of labels makes
    them so. Their probability is kept within Laplace's rule for all pairs, 1/(n+2) to (n+1)/(n+2).

    Args:
        logits: The judge's logit of each pair, finite, shape (pairs,), at least one.
        related: Whether each is related, as people say, shape (pairs,).
    """
    from sklearn.isotonic import IsotonicRegression

    least = 1 / (len(logits) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    fitted.fit(logits, [float(one) for one in related])
    return Isotonic(
        tuple(map(float, fitted.X_thresholds_)), tuple(map(float, fitted.y_thresholds_))
    )
