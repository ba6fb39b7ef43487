"""Batches of similar length, so that little is computed on padding."""

from collections.abc import Iterator, Sequence


def token_budget_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield positions in batches, longest texts first.

    A batch's padded size, its longest text times its number of texts, stays within the budget;
    a text longer than the budget is a batch of its own. Longest first, so that memory peaks at
    the start instead of after hours.

    Args:
        lengths: Token count of each text.
        budget: Padded tokens allowed in a batch; at least 1.
    """
    by_length = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    batch: list[int] = []
    longest = 0
    for position in by_length:
        if batch and longest * (len(batch) + 1) > budget:
            yield batch
            batch = []
        if not batch:
            longest = max(lengths[position], 1)
        batch.append(position)
    if batch:
        yield batch
