"""Which label a prediction names, or what it states instead."""

from dataclasses import dataclass

from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.judge.cleaning import is_denied
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.question import TextPair
from evaluator.judge.statement import Read, Statement


@dataclass(frozen=True, slots=True)
class ResolvedPrediction:
    """A prediction whose texts were looked up in the label set.

    Attributes:
        prediction: The prediction.
        gold: The gold label.
        predicted: The label that it commits to, or None.
        statement: What a text states that is not just a label; None where it is one, or is missing.
    """

    prediction: Prediction
    gold: Label
    predicted: Label | None
    statement: Statement | None = None

    @property
    def judged_label(self) -> Label | None:
        """The label whose pair with the gold label decides: the first that is named."""
        statement = self.statement
        if self.predicted is not None or statement is None or statement.category is not None:
            return self.predicted
        return statement.named[0] if statement.named else None

    def needed_pair(self, labels: LabelSet) -> LabelPair | None:
        """Return the pair of labels that needs a verdict, if one does."""
        judged = self.judged_label
        if judged is None or judged is self.gold:
            return None
        return labels.pair(judged.name, self.gold.name)

    def needed_names(self, labels: LabelSet) -> tuple[str, str] | None:
        """Return the text or label, and the gold label, that need a verdict, if any do."""
        pair, text = self.needed_pair(labels), self.needed_text
        if text is not None:
            return text.text, text.gold
        return None if pair is None else (pair.first, pair.second)

    @property
    def needed_text(self) -> TextPair | None:
        """The text that needs a verdict, if one does."""
        if self.statement is None or self.statement.category is None:
            return None
        return TextPair(self.statement.category, self.gold.name)


def resolve(prediction: Prediction, labels: LabelSet, read: Read) -> ResolvedPrediction:
    """Look up a prediction's labels, and read its text where it is not a label.

    Raises:
        DataUnusable: The gold label is not in the set.
    """
    gold = labels.resolve(prediction.gold)
    if gold is None:
        raise DataUnusable(
            f"case '{prediction.case_id}' has the gold label '{prediction.gold}', which is not in "
            f"the label set: {', '.join(labels.names)}."
        )
    if prediction.label is None:
        return ResolvedPrediction(prediction, gold, None)
    predicted = labels.resolve(prediction.label)
    if predicted is not None and not is_denied(prediction.label):
        return ResolvedPrediction(prediction, gold, predicted)
    statement = read(prediction.label)
    return ResolvedPrediction(prediction, gold, statement.committed, statement)


def changed_predictions() -> DataUnusable:
    """Return the error of predictions that are no longer those that were judged."""
    return DataUnusable(
        "the predictions changed while they were judged; start over with --fresh when nothing "
        "writes to them."
    )
