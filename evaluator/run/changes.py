"""What changes from one run to another over the same cases."""

from collections.abc import Iterator

import numpy

from evaluator.report.agreement import measure
from evaluator.report.comparison import LabelChange, Missing, RateChange, ScoreChange
from evaluator.run.case_columns import CaseColumns, Mask, each_key
from evaluator.statistics.bootstrap import Floats
from evaluator.statistics.comparison import (
    compare_rates,
    compare_scores,
    holm,
    probability_better,
)


def rate_change(cases: CaseColumns, others: CaseColumns) -> RateChange:
    """Return the change in the share of right predictions, its p-value not adjusted yet."""
    both = cases.predicted & others.predicted
    ours, theirs = cases.right[both], others.right[both]
    found = compare_rates(ours, theirs)
    return RateChange(
        n=len(ours),
        missing=_missing(cases.predicted, others.predicted),
        first=_mean(ours),
        second=_mean(theirs),
        difference=measure(found.difference),
        only_first=found.only_first,
        only_second=found.only_second,
        discordance=found.discordance,
        p_value=found.p_value,
        adjusted_p=found.p_value,
    )


def score_change(cases: CaseColumns, others: CaseColumns) -> ScoreChange:
    """Return the change in the mean score, its p-value not adjusted yet."""
    both = cases.scored & others.scored
    ours, theirs = cases.scores[both], others.scores[both]
    found = compare_scores(ours, theirs)
    return ScoreChange(
        n=len(ours),
        missing=_missing(cases.scored, others.scored),
        first=_mean(ours),
        second=_mean(theirs),
        difference=measure(found.difference),
        p_value=found.p_value,
        adjusted_p=found.p_value,
    )


def label_changes(cases: CaseColumns, others: CaseColumns) -> tuple[LabelChange, ...]:
    """Return what changes for the cases of each gold label, those that change most first."""
    found = list(_by_label(cases, others))
    adjusted = holm([one.recall.p_value for one in found])
    changes = [
        one.model_copy(update={"recall": one.recall.model_copy(update={"adjusted_p": p})})
        for one, p in zip(found, adjusted, strict=True)
    ]
    return tuple(sorted(changes, key=_least_change_last))


def probabilities_better(
    cases: CaseColumns, others: CaseColumns, seed: int
) -> tuple[float | None, float | None]:
    """Return how probable it is that the second run is more often right, and that it scores more.

    Args:
        cases: The cases of the first run.
        others: The same cases of the second.
        seed: Seed of the resampling.
    """
    predicted, scored = cases.predicted & others.predicted, cases.scored & others.scored
    return (
        probability_better(cases.right[predicted], others.right[predicted], seed),
        probability_better(cases.scores[scored], others.scores[scored], seed),
    )


def _by_label(cases: CaseColumns, others: CaseColumns) -> Iterator[LabelChange]:
    distinct, label = numpy.unique(cases.golds, return_inverse=True)
    order = numpy.argsort(label, kind="stable")
    ends = numpy.cumsum(numpy.bincount(label, minlength=len(distinct)))[:-1]
    for key, chosen in zip(each_key(distinct), numpy.split(order, ends), strict=True):
        ours, theirs = cases.taken(chosen), others.taken(chosen)
        relevance = score_change(ours, theirs)
        yield LabelChange(
            label=cases.labels[key],
            recall=rate_change(ours, theirs),
            first_score=relevance.first,
            second_score=relevance.second,
        )


def _least_change_last(change: LabelChange) -> tuple[float, float, str]:
    scores = (change.second_score or 0.0) - (change.first_score or 0.0)
    return -abs(change.recall.difference.value or 0.0), -abs(scores), change.label


def _missing(first: Mask, second: Mask) -> Missing:
    return Missing(first=int((~first).sum()), second=int((~second).sum()))


def _mean(values: Mask | Floats) -> float | None:
    return float(values.mean()) if len(values) else None
