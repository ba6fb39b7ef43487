"""`predictions.jsonl`: a shard's cases and predictions, each with its place among all cases."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evaluator.cases.shard import Shard
from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.run.directory import appearing_whole


@dataclass(frozen=True, slots=True)
class PlacedPrediction:
    """A prediction and where its case stands.

    Attributes:
        position: Place of the case among those of the run, from 0.
        prediction: The prediction, with the article.
    """

    position: int
    prediction: Prediction


_LINES: TypeAdapter[PlacedPrediction] = TypeAdapter(PlacedPrediction)


def write_predictions(
    path: Path, positions: Iterable[int], predictions: Iterable[Prediction]
) -> str:
    """Write a shard's predictions, one a line, and return the SHA-256 of the file.

    Args:
        path: The file.
        positions: Where the cases stand, in increasing order.
        predictions: As many, in the same order.

    Raises:
        StorageFailed: The disk refuses.
    """
    digest = hashlib.sha256()
    with appearing_whole(path) as file:
        for position, prediction in zip(positions, predictions, strict=True):
            line = _LINES.dump_json(PlacedPrediction(position, prediction)) + b"\n"
            digest.update(line)
            file.write(line.decode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class ShardPredictions:
    """The predictions of a shard as they were written, read anew at each iteration.

    Attributes:
        path: The file.
        shard: Which shard wrote it.
        count: How many predictions it wrote.
        sha256: Digest of what it wrote.
    """

    path: Path
    shard: Shard
    count: int
    sha256: str

    def __iter__(self) -> Iterator[PlacedPrediction]:
        """Yield the predictions in increasing order of their places.

        Raises:
            DataUnusable: The file cannot be read, or is not what the shard wrote; of a change
                that leaves every line a prediction, at its end.
        """
        digest = hashlib.sha256()
        met, last = 0, -1
        try:
            with self.path.open("rb") as lines:
                for line in lines:
                    digest.update(line)
                    placed = _LINES.validate_json(line)
                    if placed.position <= last or not self.shard.holds(placed.prediction.case_id):
                        raise self._changed()
                    met, last = met + 1, placed.position
                    yield placed
        except OSError as error:
            raise DataUnusable(
                f"{self.path} cannot be read: {error.strerror or error}; bring it back, or run "
                f"`evaluator run … --shard {self.shard.written}` again."
            ) from error
        except ValidationError as error:
            raise self._changed() from error
        if (met, digest.hexdigest()) != (self.count, self.sha256):
            raise self._changed()

    def _changed(self) -> DataUnusable:
        return DataUnusable(
            f"{self.path} is not what {self.shard} wrote: run `evaluator run … --shard "
            f"{self.shard.written}` again, which writes it anew."
        )
