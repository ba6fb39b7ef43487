"""Whether a judge tells a related pair from an unrelated one."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelPair
from evaluator.judge.references import ReferencePair, nearest_references
from evaluator.judge.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Sense:
    """Two pairs with known answers, and what a judge said of them.

    Attributes:
        related: A related pair.
        unrelated: An unrelated one.
        answers: Those to both orders of the first pair, then of the second.
    """

    related: LabelPair
    unrelated: LabelPair
    answers: Sequence[Answer]

    @property
    def is_sensible(self) -> bool:
        """Whether the related pair looks more related."""
        return self._logit(0) > self._logit(2)

    @property
    def mass(self) -> float:
        """The least probability that the answer words had together."""
        return min(one.reading.mass for one in self.answers)

    def __str__(self) -> str:
        """Return what the judge said, as uncalibrated probabilities."""
        return (
            f"{_named(self.related)} {_probability(self._logit(0)):.2f} related, "
            f"{_named(self.unrelated)} {_probability(self._logit(2)):.2f}"
        )

    def _logit(self, start: int) -> float:
        return statistics.mean(one.reading.logit for one in self.answers[start : start + 2])


def related_and_not(rubric: Rubric) -> tuple[LabelPair, LabelPair]:
    """Return a related and an unrelated pair."""
    pairs = nearest_references(rubric.language).fitting
    return _first(pairs, related=True), _first(pairs, related=False)


def _first(pairs: Sequence[ReferencePair], *, related: bool) -> LabelPair:
    found = next(one for one in pairs if one.related is related)
    return LabelPair(found.first, found.second)


def _named(pair: LabelPair) -> str:
    return f"“{pair.first} / {pair.second}”"


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
