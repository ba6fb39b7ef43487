"""How well scores of label pairs tell related from unrelated ones, with intervals."""

from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

RESAMPLES = 2_000
SEED = 7
Values = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; all not-a-number where one of the classes is missing.

    Attributes:
        value: The figure.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return `0.66 (0.55–0.77)`, or a dash."""
        if numpy.isnan(self.value):
            return "–"
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"

    @classmethod
    def of(cls, values: Values) -> "Estimate":
        """Return the estimate that a whole set's figure and those of its draws make."""
        if numpy.isnan(values[0]):
            return cls(numpy.nan, numpy.nan, numpy.nan)
        low, high = numpy.nanpercentile(values[1:], [2.5, 97.5])
        return cls(float(values[0]), float(low), float(high))

    @property
    def signed(self) -> str:
        """The same for a difference: `+0.05 (-0.02 to +0.11)`, or a dash where there is none."""
        if numpy.isnan(self.value) or self.value == self.low == self.high:
            return "–"
        return f"{self.value:+.2f} ({self.low:+.2f} to {self.high:+.2f})"


class LabelBootstrap:
    """The areas under ROC curves of scores on the pairs of one label set.

    Pairs that share a label are not independent: a judge that likes a word scores all of that
    word's pairs high. So labels are drawn with replacement, not pairs, and a pair weighs as often
    as both of its labels were drawn. All scores meet the same draws, which makes differences
    between them paired.

    Args:
        count: Labels in the set.
        related: Whether each pair is related, in the order of `LabelSet.pairs()`.
    """

    def __init__(self, count: int, related: list[bool]) -> None:
        self._related = numpy.array(related)
        self._first, self._second = numpy.triu_indices(count, k=1)
        draw = numpy.random.default_rng([SEED, count])
        drawn = draw.multinomial(count, [1 / count] * count, size=RESAMPLES)
        whole = numpy.ones((1, count), dtype=drawn.dtype)
        counts = numpy.concatenate([whole, drawn])
        self._weights = (counts[:, self._first] * counts[:, self._second]).astype(float)
        self._count = count

    def areas(self, scores: Values) -> Values:
        """Return the AUC of all labels, then of every draw, not-a-number where there is none.

        Pairs without a score (not-a-number) are left out.
        """
        scored = ~numpy.isnan(scores)
        yes, no = scored & self._related, scored & ~self._related
        wins = _wins(scores[yes], scores[no])
        heavy, light = self._weights[:, yes], self._weights[:, no]
        won = ((heavy @ wins) * light).sum(axis=1)
        with numpy.errstate(invalid="ignore"):
            areas: Values = won / (heavy.sum(axis=1) * light.sum(axis=1))
        return areas

    def gains(self, scores: Values, other: Values) -> Values:
        """Return how much larger the areas of scores are, on the pairs that both have."""
        both = ~(numpy.isnan(scores) | numpy.isnan(other))
        mine, theirs = (numpy.where(both, one, numpy.nan) for one in (scores, other))
        return self.areas(mine) - self.areas(theirs)

    def centred(self, scores: Values) -> Values:
        """Return what is left of scores once each label's own tendency is taken away.

        The tendencies are fitted by least squares on the scored pairs. With both orders averaged
        this is the removal of row and column means of the matrix of questions, off its diagonal.
        """
        scored = ~numpy.isnan(scores)
        left = numpy.full_like(scores, numpy.nan)
        if not scored.any():
            return left
        membership = numpy.zeros((len(scores), self._count))
        rows = numpy.arange(len(scores))
        membership[rows, self._first] = membership[rows, self._second] = 1.0
        known = membership[scored]
        tendency, *_ = numpy.linalg.lstsq(known, scores[scored], rcond=None)
        left[scored] = scores[scored] - known @ tendency
        return left


def _wins(related: Values, unrelated: Values) -> Any:
    """Return 1 where a related pair scores above an unrelated one, and one half where equal."""
    gap = related[:, None] - unrelated[None, :]
    return (numpy.sign(gap) + 1) / 2
