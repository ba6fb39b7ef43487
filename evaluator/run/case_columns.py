"""The cases of a run as columns, small enough for a million of them."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy
from numpy.typing import NDArray

from evaluator.cases.digest import KEY_BYTES, text_key
from evaluator.errors import DataUnusable
from evaluator.run.finished import FinishedRun, no_cases

NO_TEXT = bytes(KEY_BYTES)

Keys = NDArray[numpy.bytes_]
Mask = NDArray[numpy.bool_]


@dataclass(frozen=True, slots=True)
class CaseColumns:
    """The cases of a run in the order of their keys, each column of shape (cases,).

    Attributes:
        keys: Digests of the ids.
        golds: Digests of the gold labels.
        predictions: Digests of the predicted labels or texts.
        predicted: Whether there is a prediction.
        right: Whether it is the gold label.
        scored: Whether there is a verdict.
        scores: Its score, 0 to 1; means nothing where there is none.
        labels: The gold labels by their digests.
    """

    keys: Keys
    golds: Keys
    predictions: Keys
    predicted: Mask
    right: Mask
    scored: Mask
    scores: NDArray[numpy.float64]
    labels: Mapping[bytes, str]

    def taken(self, places: NDArray[numpy.intp]) -> "CaseColumns":
        """Return the cases at these places."""
        return CaseColumns(
            self.keys[places],
            self.golds[places],
            self.predictions[places],
            self.predicted[places],
            self.right[places],
            self.scored[places],
            self.scores[places],
            self.labels,
        )


def read_columns(run: FinishedRun) -> CaseColumns:
    """Read the cases of a run, one at a time.

    Raises:
        DataUnusable: There are none, a line cannot be read, or two cases have the same id.
    """
    keys, golds, predictions = bytearray(), bytearray(), bytearray()
    flags, scores, labels = bytearray(), array("d"), dict[bytes, str]()
    for case in run.cases():
        keys += text_key(case.id)
        gold = _label_key(case.gold)
        golds += gold
        labels.setdefault(gold, case.gold)
        predictions += NO_TEXT if case.predicted is None else _label_key(case.predicted)
        flags += bytes((case.predicted is not None, case.right, case.score is not None))
        scores.append(case.score or 0.0)
    if not keys:
        raise no_cases(run.path)
    ids = _keys(keys)
    order = numpy.argsort(ids, kind="stable")
    ids = ids[order]
    if (ids[1:] == ids[:-1]).any():
        raise DataUnusable(
            f"{run.path} holds a case twice; it was changed after its run, so run it again."
        )
    predicted, right, scored = numpy.frombuffer(flags, numpy.bool_).reshape(-1, 3)[order].T
    return CaseColumns(
        keys=ids,
        golds=_keys(golds)[order],
        predictions=_keys(predictions)[order],
        predicted=predicted,
        right=right,
        scored=scored,
        scores=numpy.frombuffer(scores)[order],
        labels=labels,
    )


def each_key(keys: Keys) -> list[bytes]:
    """Return keys one by one; numpy alone would drop the zeros that one ends with."""
    joined = keys.tobytes()
    return [joined[at : at + KEY_BYTES] for at in range(0, len(joined), KEY_BYTES)]


@lru_cache(maxsize=1 << 14)
def _label_key(text: str) -> bytes:
    return text_key(text)


def _keys(joined: bytearray) -> Keys:
    return numpy.frombuffer(joined, f"S{KEY_BYTES}")
