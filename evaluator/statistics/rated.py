"""What people and the judge say of the same predictions."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.judge.overrides import Level
from evaluator.judge.verdict import RISING


@dataclass(frozen=True, slots=True)
class RatedItem:
    """A prediction, or a pair of labels, that people rated and that has a verdict.

    Attributes:
        ratings: What each rater said, at least one.
        human_score: Mean of the scores of those levels, 0 to 1.
        level: The judge's likeliest level.
        score: The verdict's score, 0 to 1.
        p_related: Probability that both labels are related, 0 to 1; 1 or 0 where a rule decided.
        by_rule: Whether equal texts or a rule decided, and so not the judge.
        labels: The two labels of a pair; None for a case.
    """

    ratings: tuple[Level, ...]
    human_score: float
    level: Level
    score: float
    p_related: float
    by_rule: bool
    labels: tuple[str, str] | None = None

    @property
    def human(self) -> Level:
        """The median rating."""
        return median_level(self.ratings)

    @property
    def related(self) -> bool:
        """Whether people call it at least related."""
        return self.human != "unrelated"


def median_level(ratings: Sequence[Level]) -> Level:
    """Return the median of at least one rating, of an even number the lower of the middle two."""
    return sorted(ratings, key=RISING.index)[(len(ratings) - 1) // 2]


def ratings_of(items: Sequence[RatedItem], *, with_judge: bool) -> list[list[float]]:
    """Return each item's ratings as places of their levels, those of the judge last."""
    return [
        [
            float(RISING.index(level))
            for level in (*item.ratings, *([item.level] if with_judge else ()))
        ]
        for item in items
    ]
