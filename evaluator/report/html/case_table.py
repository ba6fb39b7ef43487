"""The table of cases."""

from collections.abc import Sequence

from evaluator.report.case_line import EXCERPT, CaseLine
from evaluator.report.html.browsing import (
    Browsable,
    Cell,
    Column,
    choices,
    numbers,
    table_of,
    texts,
)
from evaluator.report.wording import clipped

RIGHT, NEAR, FAR, MISS, UNSCORED = "right", "near miss", "far miss", "miss", "unscored"
NEAR_FROM = 0.5
"""P(related) from which a miss is called near, as is one that means the gold label; without a
calibration none is."""

ARTICLE_BYTES = 3_000_000
"""Room for all excerpts; with many long ones each gets less."""
SHORTEST_EXCERPT = 40


def case_table(cases: Sequence[CaseLine], labels: Sequence[str], *, calibrated: bool) -> Browsable:
    """Return the cases as a table.

    Args:
        cases: The cases.
        labels: Names of the label set; their places are their values in the columns `gold` and
            `predicted`.
        calibrated: Whether a judged probability means what it says.
    """
    outcomes = [outcome(case, calibrated=calibrated) for case in cases]
    kinds = (RIGHT, NEAR, FAR, UNSCORED) if calibrated else (RIGHT, MISS, UNSCORED)
    columns: list[tuple[Column, Sequence[Cell]]] = [
        choices("outcome", outcomes, kinds),
        texts("case", [case.id for case in cases]),
        choices("gold", [case.gold for case in cases], labels),
        choices("predicted", [case.predicted for case in cases], labels),
        numbers("P(related)", [case.p_related for case in cases]),
        numbers("score", [case.score for case in cases]),
        numbers("confidence", [case.confidence for case in cases]),
        choices("how", [", ".join(case.flags) for case in cases]),
    ]
    if any(case.excerpt for case in cases):
        columns.append((Column("article", "article"), _fitting([case.excerpt for case in cases])))
    return table_of(columns)


def outcome(case: CaseLine, *, calibrated: bool) -> str:
    """Return in a word how a case ended."""
    if case.score is None:
        return UNSCORED
    if case.right:
        return RIGHT
    if not calibrated:
        return MISS
    near = case.level == "same" or (case.p_related or 0.0) >= NEAR_FROM
    return NEAR if near else FAR


def _fitting(excerpts: Sequence[str | None]) -> list[Cell]:
    """Return excerpts, each cut to its share of the room if they need more together."""
    length = EXCERPT
    while length > SHORTEST_EXCERPT and _bytes(excerpts, length) > ARTICLE_BYTES:
        length -= SHORTEST_EXCERPT
    return [one if one is None else clipped(one, length) for one in excerpts]


def _bytes(excerpts: Sequence[str | None], length: int) -> int:
    return sum(len(one[:length].encode()) for one in excerpts if one)
