"""Accuracy measures from a confusion count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelScores:
    """How well one label is predicted.

    Attributes:
        label: The label.
        n: Cases whose gold label it is.
        precision: Share of its predictions that are right; 0 where it was never predicted.
        recall: Share of its cases that were found; 0 where it has none.
        f1: Harmonic mean of both; 0 where both are 0.
    """

    label: str
    n: int
    precision: float
    recall: float
    f1: float


def label_scores(
    confusion: Mapping[tuple[str, str | None], int], labels: Sequence[str]
) -> list[LabelScores]:
    """Return each label's scores.

    Args:
        confusion: Cases by (gold, predicted); a prediction outside the label set is None.
        labels: Labels in the order of the result.
    """
    scores = []
    for label in labels:
        hits = confusion.get((label, label), 0)
        gold = sum(n for (truth, _), n in confusion.items() if truth == label)
        claimed = sum(n for (_, guess), n in confusion.items() if guess == label)
        precision = hits / claimed if claimed else 0.0
        recall = hits / gold if gold else 0.0
        f1 = 2 * hits / (gold + claimed) if gold + claimed else 0.0
        scores.append(LabelScores(label, gold, precision, recall, f1))
    return scores


def macro_f1(scores: Sequence[LabelScores]) -> float | None:
    """Return the mean F1 over labels that occur in gold, or None where none does.

    Labels without a case are left out: a sample of the data should not be punished for labels it
    cannot contain.
    """
    present = [score.f1 for score in scores if score.n]
    return sum(present) / len(present) if present else None
