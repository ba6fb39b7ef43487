"""Outcomes counted by confusion cell, so that memory does not grow with the number of cases."""

from collections import Counter

from evaluator.judge.verdict import Outcome, Verdict

Cell = tuple[str, str | None]
"""(gold label, predicted label); None where the prediction is in no label set."""


class Tally:
    """Counts of outcomes. All verdicts of a cell are equal, so a count each is enough."""

    def __init__(self) -> None:
        self.total = 0
        self.truncated = 0
        self.classified: Counter[Cell] = Counter()
        self.judged: Counter[Cell] = Counter()
        self.unscored: Counter[str] = Counter()
        self.verdicts: dict[Cell, Verdict] = {}

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.total += 1
        self.truncated += outcome.prediction.truncated
        cell = (outcome.gold, outcome.predicted)
        if outcome.prediction.label is not None:
            self.classified[cell] += 1
        if outcome.verdict is not None:
            self.judged[cell] += 1
            self.verdicts[cell] = outcome.verdict
        if outcome.unscored is not None:
            self.unscored[outcome.unscored] += 1
