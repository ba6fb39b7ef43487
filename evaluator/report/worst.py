"""What a reader of a summary wants to see first: the worst."""

from collections.abc import Iterable, Sequence

from evaluator.report.summary import Confusion, LabelRow


def worst_first(confusions: Iterable[Confusion]) -> tuple[Confusion, ...]:
    """Order confusions by lost score, unjudged ones as if nothing were gained."""
    return tuple(
        sorted(
            confusions,
            key=lambda one: (-one.n * (1 - (one.score or 0.0)), one.gold, one.predicted),
        )
    )


def most_missed(rows: Sequence[LabelRow], most: int) -> tuple[LabelRow, ...]:
    """Return the labels in their order or, where there are too many, the most missed, worst first.

    Args:
        rows: The labels.
        most: How many are not too many.
    """
    if len(rows) <= most:
        return tuple(rows)
    missed = sorted(
        rows, key=lambda row: (-round(row.n * (1 - row.recall)), row.score or 0.0, row.label)
    )
    return tuple(missed[:most])
