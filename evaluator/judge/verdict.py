"""What a prediction is worth."""

from dataclasses import dataclass
from typing import Literal

from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.rubric import Levels

Level = Literal["same", "related", "unrelated"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judge's word on a predicted label against the gold one.

    Attributes:
        level: The likeliest level; None where the judge's probabilities are not calibrated.
        score: Expected score over the levels' distribution, 0 to 1.
        p_related: Probability that the two labels are related, for pairs that were judged.
        how: `exact` or `alias` where the texts name the same label, else `judged`.
    """

    level: Level | None
    score: float
    p_related: float | None
    how: Literal["exact", "alias", "judged"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prediction after judging: it has a verdict or a reason why not.

    Attributes:
        prediction: What was judged.
        gold: Name of the gold label in the label set.
        predicted: Name of the predicted label there; None where it names none.
        verdict: The verdict, or None.
        unscored: Why there is no verdict, or None.
    """

    prediction: Prediction
    gold: str
    predicted: str | None
    verdict: Verdict | None
    unscored: str | None


@dataclass(frozen=True, slots=True)
class ResolvedPrediction:
    """A prediction whose texts were looked up in the label set.

    Attributes:
        prediction: The prediction.
        gold: The gold label.
        predicted: The predicted label, or None where the text names none.
    """

    prediction: Prediction
    gold: Label
    predicted: Label | None


def resolve(prediction: Prediction, labels: LabelSet) -> ResolvedPrediction:
    """Look up a prediction's labels.

    Raises:
        DataUnusable: The gold label is not in the set.
    """
    gold = labels.resolve(prediction.gold)
    if gold is None:
        raise DataUnusable(
            f"case '{prediction.case_id}' has the gold label '{prediction.gold}', which is not in "
            f"the label set: {', '.join(labels.names)}."
        )
    predicted = None if prediction.label is None else labels.resolve(prediction.label)
    return ResolvedPrediction(prediction, gold, predicted)


def matched_verdict(resolved: ResolvedPrediction, levels: Levels) -> Verdict:
    """Return the verdict of a prediction whose text names the gold label itself."""
    exact = resolved.prediction.label == resolved.prediction.gold
    return Verdict("same", levels.same, None, "exact" if exact else "alias")


def judged_verdict(judgement: PairJudgement, levels: Levels) -> Verdict:
    """Return the verdict on two different labels of a closed set.

    Such labels cannot be the same, so the expected score is
    P(related)·related + (1 - P(related))·unrelated. An uncalibrated probability is not turned into
    a level: which side of one half it falls on is the judge's bias more than its opinion.
    """
    p_related = judgement.p_related
    score = p_related * levels.related + (1 - p_related) * levels.unrelated
    return Verdict(None, score, p_related, "judged")


def outcome_of(
    resolved: ResolvedPrediction,
    matrix: VerdictMatrix,
    levels: Levels,
) -> Outcome:
    """Return the outcome of a prediction, by lookup alone."""
    prediction, gold, predicted = resolved.prediction, resolved.gold, resolved.predicted
    name = None if predicted is None else predicted.name
    verdict: Verdict | None = None
    unscored: str | None = None
    if predicted is None:
        unscored = prediction.missing or "outside-label-set"
    elif predicted is gold:
        verdict = matched_verdict(resolved, levels)
    else:
        pair = matrix.labels.pair(predicted.name, gold.name)
        if pair in matrix.judgements:
            verdict = judged_verdict(matrix.judgements[pair], levels)
        else:
            unscored = matrix.unanswered[pair]
    return Outcome(prediction, gold.name, name, verdict, unscored)
