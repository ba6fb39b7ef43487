"""A hostile prediction after judging, and whether what must hold of it does."""

from dataclasses import dataclass

from benchmarks.robustness.item import Item
from evaluator.report.case_line import CaseLine
from evaluator.run.settings import JudgeSettings

THRESHOLD: float = JudgeSettings.model_fields["threshold"].default
GAIN = 0.1
ROUNDING = 1e-9
LEVELS = ("unrelated", "related", "same")


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """An item with the verdicts that it is compared by.

    Attributes:
        item: The item.
        verdict: What it got.
        base: What the prediction got that it is compared with, if there is one.
        honest: Mean score of all wrong labels for its gold label, 0 to 1.
    """

    item: Item
    verdict: CaseLine
    base: CaseLine | None
    honest: float

    @property
    def passes(self) -> bool:
        """Whether its score reaches the default threshold."""
        score = self.verdict.score
        return score is not None and score >= THRESHOLD

    @property
    def beats_wrong_labels(self) -> bool:
        """Whether it scores above the mean of what wrong labels get for its gold label."""
        score = self.verdict.score
        return score is not None and score > self.honest + ROUNDING

    @property
    def excess(self) -> float:
        """How much more it scores than what it is compared with, or than nothing."""
        score = self.verdict.score or 0.0
        return score if self.base is None else score - self._base_score

    @property
    def gains(self) -> bool:
        """Whether it scores over a tenth more than what it is compared with, or a level higher."""
        if self.base is None or self.verdict.score is None:
            return False
        return self.excess > GAIN or _rank(self.verdict) > _rank(self.base) >= 0

    @property
    def is_broken(self) -> bool:
        """Whether what must hold of it does not."""
        if self.verdict.score is None:
            return not self.item.unscored_allowed
        if self.item.holds == "must-not-pass":
            return self.passes
        if self.item.holds == "must-not-gain":
            return self.gains
        return abs(self.excess) > ROUNDING

    @property
    def _base_score(self) -> float:
        assert self.base is not None
        assert self.base.score is not None, f"'{self.item.base}' has no score"
        return self.base.score


def _rank(verdict: CaseLine) -> int:
    return -1 if verdict.level is None else LEVELS.index(verdict.level)
