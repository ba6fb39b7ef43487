"""Which label set a run is about."""

from evaluator.classifier.labels import listed, model_labels
from evaluator.classifier.recorded import RecordedPredictions
from evaluator.errors import DataUnusable, ModelUnusable
from evaluator.judge.labels import LabelSet, labels_from_names, normalized, read_labels
from evaluator.run.settings import JudgeSettings, RunSettings

MOST_LABELS = 1_000
LONGEST_LABEL = 120


def labels_of_model(settings: RunSettings) -> tuple[tuple[str, ...], LabelSet]:
    """Return the model's label names by class index, and the label set they belong to.

    Raises:
        ModelUnusable: The model names no labels, or others than the label file.
        DataUnusable: The label file is unusable.
    """
    glossary = None if settings.labels is None else read_labels(settings.labels)
    names = model_labels(settings.model_path, None if glossary is None else glossary.names)
    if glossary is None:
        return names, labels_from_names(names)
    if {glossary.resolve(name) for name in names} != set(glossary) or len(names) != len(glossary):
        raise ModelUnusable(
            f"--labels and the model disagree; --labels has: {listed(glossary.names)}; "
            f"the model has: {listed(names)}."
        )
    return names, glossary


def labels_of_predictions(predictions: RecordedPredictions, settings: JudgeSettings) -> LabelSet:
    """Return the label file's labels, or every label that the predictions hold.

    Raises:
        DataUnusable: The label file is unusable, or there are too many or too long labels.
    """
    if settings.labels is not None:
        return read_labels(settings.labels)
    spellings: dict[str, str] = {}
    for prediction in predictions:
        for text in (prediction.gold, prediction.label):
            if text is None:
                continue
            spellings.setdefault(normalized(text), text)
            if len(text) > LONGEST_LABEL or len(spellings) > MOST_LABELS:
                raise DataUnusable(
                    f"case '{prediction.case_id}' makes the predictions look like free text, not "
                    "like a closed set of labels; name the labels with --labels."
                )
    return labels_from_names(spellings[key] for key in sorted(spellings))
