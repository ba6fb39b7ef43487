"""A smaller set of cases that stands for the whole."""

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from evaluator.cases.case import Case, CaseSource


def first_cases(source: CaseSource, size: int) -> list[Case]:
    """Return the first `size` cases, or all where there are fewer."""
    return list(islice(source, size))


def stratified_sample(cases: Sequence[Case], size: int, seed: int) -> list[Case]:
    """Return `size` cases that keep each gold label's share, in source order.

    Shares are rounded by largest remainder (Hare quota), ties going to the label met first;
    within a label the draw is uniform without replacement.

    Args:
        cases: The cases to draw from.
        size: How many to draw; all of them are returned where there are fewer.
        seed: Seed of the draw.
    """
    if size >= len(cases):
        return list(cases)
    by_gold: dict[str, list[int]] = defaultdict(list)
    for position, case in enumerate(cases):
        by_gold[case.gold].append(position)
    quotas = {gold: divmod(size * len(members), len(cases)) for gold, members in by_gold.items()}
    counts = {gold: whole for gold, (whole, _) in quotas.items()}
    by_remainder = sorted(quotas, key=lambda gold: -quotas[gold][1])
    for gold in by_remainder[: size - sum(counts.values())]:
        counts[gold] += 1
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    chosen = sorted(
        position
        for gold, members in by_gold.items()
        for position in draw.sample(members, counts[gold])
    )
    return [cases[position] for position in chosen]
