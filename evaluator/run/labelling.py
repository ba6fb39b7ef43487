"""Which label set a run is about."""

import logging
from collections.abc import Sequence

from evaluator.cases import NEWSGROUPS_GLOSSARY
from evaluator.classifier.labels import listed, model_labels
from evaluator.classifier.recorded import RecordedPredictions
from evaluator.errors import DataUnusable, ModelUnusable
from evaluator.judge.labels import (
    LabelSet,
    labels_from_names,
    normalized,
    one_line,
    read_labels,
)
from evaluator.judge.matrix_file import labels_of_matrix
from evaluator.run.settings import JudgeSettings, RunSettings

logger = logging.getLogger(__name__)

MOST_LABELS = 1_000
LONGEST_LABEL = 120
MOST_SHOWN = 10


def labels_of_model(settings: RunSettings) -> tuple[tuple[str, ...], LabelSet]:
    """Return the model's label names by class index, and the label set they belong to.

    A model of the 20 Newsgroups needs no label file: their names and plain names are known.

    Raises:
        ModelUnusable: The model names no labels, or others than the label file.
        DataUnusable: The label file is unusable.
    """
    if settings.labels is None:
        corpus = read_labels(NEWSGROUPS_GLOSSARY) if settings.is_newsgroups else None
        names = model_labels(settings.model_path, None, corpus.names if corpus else ())
        if corpus is not None and _are_the_labels(names, corpus):
            return names, corpus
        return names, labels_from_names(names)
    glossary = read_labels(settings.labels)
    names = model_labels(settings.model_path, glossary.names)
    if not _are_the_labels(names, glossary):
        raise ModelUnusable(
            f"--labels and the model disagree; --labels has: {listed(glossary.names)}; "
            f"the model has: {listed(names)}."
        )
    return names, glossary


def _are_the_labels(names: Sequence[str], labels: LabelSet) -> bool:
    """Return whether names mean every label of a set, each once, in any order and spelling."""
    return {labels.resolve(name) for name in names} == set(labels) and len(names) == len(labels)


def labels_of_predictions(predictions: RecordedPredictions, settings: JudgeSettings) -> LabelSet:
    """Return the labels of the label file, of the matrix, or else the gold labels.

    Raises:
        DataUnusable: The label file is unusable, or there are too many or too long gold labels.
    """
    if settings.labels is not None:
        return read_labels(settings.labels)
    if settings.matrix is not None:
        return labels_of_matrix(settings.matrix)
    golds: dict[str, str] = {}
    for prediction in predictions:
        golds.setdefault(normalized(prediction.gold), prediction.gold)
        if len(prediction.gold) > LONGEST_LABEL or len(golds) > MOST_LABELS:
            raise DataUnusable(
                f"case '{prediction.case_id}' makes the gold labels look like free text, not like "
                "a closed set of labels; name the labels with --labels."
            )
    labels = labels_from_names(golds[key] for key in sorted(golds))
    _warn_of_strangers(predictions, labels)
    return labels


def _warn_of_strangers(predictions: RecordedPredictions, labels: LabelSet) -> None:
    """Say which predicted texts no case has as its gold label."""
    strangers: set[str] = set()
    for prediction in predictions:
        said = prediction.label
        if said is not None and labels.resolve(said) is None and len(strangers) < MOST_SHOWN:
            strangers.add(one_line(said)[:LONGEST_LABEL])
    if strangers:
        logger.warning(
            "no case has these predictions as its gold label, so they are read as free text: %s; "
            "name the labels with --labels if there are more of them than the gold ones",
            listed(sorted(strangers)),
        )
