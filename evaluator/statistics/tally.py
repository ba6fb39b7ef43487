"""Outcomes counted by confusion cell, so that memory does not grow with the number of cases."""

from collections import Counter
from dataclasses import dataclass

from evaluator.judge.verdict import Outcome, Verdict

Cell = tuple[str, str | None]
"""(gold label, predicted label); None where the prediction commits to no label of the set."""


@dataclass(frozen=True, slots=True)
class JudgedCell:
    """What equal judged outcomes share.

    Attributes:
        gold: The gold label.
        predicted: The predicted label, or what a text says instead.
        right: Whether the prediction is the gold label.
        verdict: Their verdict.
    """

    gold: str
    predicted: str
    right: bool
    verdict: Verdict

    @property
    def order(self) -> tuple[str, ...]:
        """A key that sorts cells the same way in every run."""
        return (self.gold, self.predicted, repr(self.verdict))


class Tally:
    """Counts of outcomes. Those of a cell are equal, so a count each is enough.

    Attributes:
        total: All outcomes.
        truncated: Those of which the classifier saw only the beginning.
        classified: Those with a prediction, by gold and predicted label.
        said: Those that commit to no label, by gold label and what they say.
        judged: Those with a verdict.
        unscored: Those without one, by the reason why.
    """

    def __init__(self) -> None:
        self.total = 0
        self.truncated = 0
        self.classified: Counter[Cell] = Counter()
        self.said: Counter[tuple[str, str]] = Counter()
        self.judged: Counter[JudgedCell] = Counter()
        self.unscored: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.total += 1
        self.truncated += outcome.prediction.truncated
        gold, predicted, verdict = outcome.gold, outcome.predicted, outcome.verdict
        if outcome.prediction.label is not None:
            self.classified[gold, predicted] += 1
        if outcome.said is not None:
            self.said[gold, outcome.said] += 1
        if verdict is not None:
            shown = predicted if predicted is not None else outcome.said or ""
            self.judged[JudgedCell(gold, shown, predicted == gold, verdict)] += 1
        if outcome.unscored is not None:
            self.unscored[outcome.unscored] += 1
