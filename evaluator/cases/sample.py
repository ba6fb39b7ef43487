"""A smaller set of cases that stands for the whole."""

import random
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from evaluator.cases.case import Case, Cases


@dataclass(frozen=True, slots=True)
class FirstCases:
    """The beginning of a source, which is never read further.

    Attributes:
        source: Where the cases come from.
        size: How many; all of them where there are fewer.
    """

    source: Cases
    size: int

    def __iter__(self) -> Iterator[Case]:
        """Yield the first cases."""
        return islice(self.source, self.size)

    def require_unchanged(self) -> None:
        """Check that the source is still what it was.

        Raises:
            DataUnusable: It is not, or cannot be read any more.
        """
        self.source.require_unchanged()

    def __str__(self) -> str:
        """Return what messages call the source."""
        return str(self.source)


@dataclass(frozen=True, slots=True)
class CasesAt:
    """The cases at some positions of a source.

    Attributes:
        source: Where the cases come from.
        positions: Where they are in the source, counted from 0, in increasing order.
    """

    source: Cases
    positions: Sequence[int]

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in source order, reading no further than the last of them."""
        reading = iter(self.source)
        following = 0
        for position in self.positions:
            yield from islice(reading, position - following, position - following + 1)
            following = position + 1

    def require_unchanged(self) -> None:
        """Check that the source is still what it was.

        Raises:
            DataUnusable: It is not, or cannot be read any more.
        """
        self.source.require_unchanged()

    def __str__(self) -> str:
        """Return what messages call the source."""
        return str(self.source)


def stratified_sample(source: Cases, size: int, seed: int) -> Cases:
    """Return `size` cases that keep each gold label's share, in source order.

    The source is read once, and 8 bytes a case are kept of it.

    Args:
        source: The cases to draw from.
        size: How many to draw; all of them are returned where there are fewer.
        seed: Seed of the draw.
    """
    positions = _stratified_positions((case.gold for case in source), size, seed)
    return source if positions is None else CasesAt(source, positions)


def _stratified_positions(golds: Iterable[str], size: int, seed: int) -> Sequence[int] | None:
    """Return the positions of a sample, or None for all.

    Shares are rounded by largest remainder (Hare quota), ties going to the label met first;
    within a label the draw is uniform without replacement.
    """
    by_gold: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))
    total = 0
    for gold in golds:
        by_gold[gold].append(total)
        total += 1
    if size >= total:
        return None
    quotas = {gold: divmod(size * len(members), total) for gold, members in by_gold.items()}
    counts = {gold: whole for gold, (whole, _) in quotas.items()}
    by_remainder = sorted(quotas, key=lambda gold: -quotas[gold][1])
    for gold in by_remainder[: size - sum(counts.values())]:
        counts[gold] += 1
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    chosen = (draw.sample(members, counts[gold]) for gold, members in by_gold.items())
    return array("Q", sorted(position for drawn in chosen for position in drawn))
