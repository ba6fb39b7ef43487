"""The cases that one run gets right and another wrong."""

import numpy

from evaluator.cases.digest import text_key
from evaluator.report.case_line import CaseLine
from evaluator.report.comparison import FlippedCase, Flips
from evaluator.run.case_columns import CaseColumns, Mask, each_key
from evaluator.run.finished import FinishedRun

MOST_LISTED = 1_000

Flipped = tuple[int, list[bytes]]
"""How many cases flipped, and the keys of those that are listed."""


def flips(
    first: FinishedRun, second: FinishedRun, cases: CaseColumns, others: CaseColumns
) -> tuple[Flips, Flips]:
    """Return the cases that only the first run gets right, and those that only the second does.

    Of more than a thousand those are listed whose scores change most.

    Args:
        first: The first run.
        second: The second run.
        cases: The cases of the first.
        others: The same cases of the second.
    """
    predicted = cases.predicted & others.predicted
    found = [
        _flipped(predicted & one.right & ~other.right, one, other)
        for one, other in ((cases, others), (others, cases))
    ]
    wanted = {key for _, listed in found for key in listed}
    ours, theirs = _lines(first, wanted), _lines(second, wanted)
    lost, gained = (
        Flips(
            total=total,
            listed=tuple(sorted((_case(ours[key], theirs[key]) for key in listed), key=_order)),
        )
        for total, listed in found
    )
    return lost, gained


def _flipped(chosen: Mask, right: CaseColumns, wrong: CaseColumns) -> Flipped:
    """Return how many cases are chosen, and which of them are listed."""
    both = right.scored & wrong.scored
    change = numpy.where(both, numpy.abs(right.scores - wrong.scores), 0.0)[chosen]
    most = numpy.argsort(-change, kind="stable")[:MOST_LISTED]
    return len(change), each_key(right.keys[chosen][most])


def _lines(run: FinishedRun, wanted: set[bytes]) -> dict[bytes, CaseLine]:
    if not wanted:
        return {}
    keyed = ((text_key(case.id), case) for case in run.cases())
    return {key: case for key, case in keyed if key in wanted}


def _case(ours: CaseLine, theirs: CaseLine) -> FlippedCase:
    return FlippedCase(
        id=ours.id,
        gold=ours.gold,
        first_predicted=ours.predicted or "",
        second_predicted=theirs.predicted or "",
        first_score=ours.score,
        second_score=theirs.score,
        excerpt=theirs.excerpt if ours.excerpt is None else ours.excerpt,
    )


def _order(case: FlippedCase) -> tuple[float, str]:
    if case.first_score is None or case.second_score is None:
        return 0.0, case.id
    return -abs(case.first_score - case.second_score), case.id
