"""The predictions of all shards in the order of the run's cases."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluator.cases.shard import Shard
from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.run.shard_predictions import ShardPredictions


@dataclass(frozen=True, slots=True)
class MergedPredictions:
    """Predictions read side by side, one of each shard in memory at a time.

    Attributes:
        shards: All shards of a run.
        total: How many cases they have together.
    """

    shards: Sequence[ShardPredictions]
    total: int

    def __iter__(self) -> Iterator[Prediction]:
        """Yield the predictions in case order.

        Raises:
            DataUnusable: A shard's file is not what the shard wrote, or a case is missing or there
                twice; some of that is only known at the end.
        """
        expected = 0
        for position, number, prediction in heapq.merge(*map(_numbered, self.shards)):
            if position < expected:
                raise _inconsistent(f"{self._name(number)} has a case that another shard has too")
            if position > expected:
                raise _inconsistent(f"case number {expected + 1} is in no shard")
            yield prediction
            expected += 1
        if expected != self.total:
            raise _inconsistent(f"case number {expected + 1} of {self.total} is in no shard")

    def require_unchanged(self) -> None:
        """Do nothing: every reading compares each file with what its shard wrote."""

    def _name(self, number: int) -> Shard:
        return self.shards[number].shard


def _numbered(predictions: ShardPredictions) -> Iterator[tuple[int, int, Prediction]]:
    """Yield a shard's predictions so that their places order them, and never what they are."""
    for placed in predictions:
        yield placed.position, predictions.shard.index, placed.prediction


def _inconsistent(problem: str) -> DataUnusable:
    return DataUnusable(
        f"{problem}: the shards were not made from the same cases; run every shard again with "
        "--fresh when nothing writes to the data."
    )
