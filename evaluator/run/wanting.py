"""What the judge must be asked for given predictions."""

from collections.abc import Iterable

from evaluator.classifier.prediction import PredictionSource
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.matrix import Wanted
from evaluator.judge.question import TextPair
from evaluator.judge.resolving import resolve
from evaluator.judge.rubric import Rubric
from evaluator.judge.statement import statement_reader

FULL_MATRIX_UP_TO = 64


def wanted_of_any(labels: LabelSet) -> Wanted | None:
    """Return what any predictions of a small label set need; None for a large one's."""
    return Wanted(list(labels.pairs())) if len(labels) <= FULL_MATRIX_UP_TO else None


def wanted_for_texts(predictions: PredictionSource, labels: LabelSet, rubric: Rubric) -> Wanted:
    """Return what predictions need that may be any text.

    Raises:
        DataUnusable: The predictions cannot be read, or a gold label is not in the set.
    """
    read = statement_reader(labels, rubric)
    pairs: set[LabelPair] = set()
    texts: dict[TextPair, None] = {}  # a set that keeps the order in which they were met
    for prediction in predictions:
        resolved = resolve(prediction, labels, read)
        pair, text = resolved.needed_pair(labels), resolved.needed_text
        if pair is not None:
            pairs.add(pair)
        if text is not None:
            texts[text] = None
    return Wanted(pairs_to_judge(labels, pairs), list(texts))


def pairs_to_judge(labels: LabelSet, met: Iterable[LabelPair]) -> list[LabelPair]:
    """Return every pair of a small label set, or the pairs that were met of a large one."""
    if len(labels) <= FULL_MATRIX_UP_TO:
        return list(labels.pairs())
    return sorted(set(met), key=lambda pair: (pair.first, pair.second))
