"""The cases in one pass: as many as a page can hold, and examples of the worst confusions."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from evaluator.report.case_line import CaseLine

SHOWN_CASES = 10_000
EXAMPLES = 3
"""Articles that are quoted for a confusion."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CaseDigest:
    """What a page shows of the cases.

    Attributes:
        shown: Cases for the table, in their order; those with a miss or without a verdict are
            preferred where there are too many.
        total: How many cases there are.
        examples: Cases that have an excerpt, by gold label and what was predicted or said.
    """

    shown: tuple[CaseLine, ...]
    total: int
    examples: dict[Pair, tuple[CaseLine, ...]]


def digest_cases(cases: Iterable[CaseLine], confusions: Container[Pair]) -> CaseDigest:
    """Read the cases; the memory that this takes does not grow with their number.

    Args:
        cases: The cases.
        confusions: Gold labels and what was predicted or said, of which examples are wanted.
    """
    telling: list[tuple[int, CaseLine]] = []
    right: list[tuple[int, CaseLine]] = []
    examples: dict[Pair, list[CaseLine]] = {}
    total = 0
    for case in cases:
        kept = right if case.right else telling
        if len(kept) < SHOWN_CASES:
            kept.append((total, case))
        total += 1
        pair = case.gold, case.said or case.predicted or ""
        if case.excerpt and pair in confusions:
            quoted = examples.setdefault(pair, [])
            if len(quoted) < EXAMPLES:
                quoted.append(case)
    chosen = sorted([*telling, *right[: SHOWN_CASES - len(telling)]], key=lambda one: one[0])
    return CaseDigest(
        shown=tuple(case for _, case in chosen),
        total=total,
        examples={pair: tuple(found) for pair, found in examples.items()},
    )
