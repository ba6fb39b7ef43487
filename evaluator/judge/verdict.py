"""What a prediction is worth."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import Label, LabelPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.overrides import Level
from evaluator.judge.question import TextPair
from evaluator.judge.resolving import ResolvedPrediction, changed_predictions
from evaluator.judge.rubric import Levels, Penalties, Rubric
from evaluator.judge.statement import Statement

Pair = TypeVar("Pair", LabelPair, TextPair)

PROSE = "prose"
NO_CATEGORY = "(no category)"

RISING: tuple[Level, ...] = ("unrelated", "related", "same")
"""The levels, worst first."""

How = Literal[
    "exact", "alias", "named", "judged", "judged-text", "judged-article", "rule", "overridden"
]
BELOW_ARTICLE: How = "judged-article"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judge's word on a predicted label against the gold one.

    Attributes:
        level: The likeliest level; None where the judge's probabilities are not calibrated.
        score: Expected score over the levels' distribution less the penalties, 0 to 1.
        p_related: Probability that the prediction is related to the gold label, if it was judged.
        how: `exact`, `alias` or `named` where the prediction is the gold label, spells it otherwise
            or states it in a sentence; `judged` for another label and `judged-text` for a text
            outside of the label set, `judged-article` for either where the judge saw the article;
            `rule` for a text that states no category; `overridden` where people decided.
        p_same: Probability that a text means the gold label, given that it is related.
        ambiguous: Whether points were deducted because the text hedges.
        extra_categories: Categories after the first, for each of which points were deducted.
    """

    level: Level | None
    score: float
    p_related: float | None
    how: How
    p_same: float | None = None
    ambiguous: bool = False
    extra_categories: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prediction after judging: it has a verdict or a reason why not.

    Attributes:
        prediction: What was judged.
        gold: Name of the gold label in the label set.
        predicted: Name of the predicted label there; None where it commits to none.
        verdict: The verdict, or None.
        unscored: Why there is no verdict, or None.
        said: What a prediction that commits to no label says, short enough to show.
    """

    prediction: Prediction
    gold: str
    predicted: str | None
    verdict: Verdict | None
    unscored: str | None
    said: str | None = None


def matched_verdict(resolved: ResolvedPrediction, levels: Levels) -> Verdict:
    """Return the verdict of a prediction whose text names the gold label itself."""
    how: How = "alias"
    if resolved.statement is not None:
        how = "named"
    elif resolved.prediction.label == resolved.prediction.gold:
        how = "exact"
    return Verdict("same", levels.same, None, how)


def judged_verdict(
    pair: LabelPair, matrix: VerdictMatrix, levels: Levels, below: float | None = None
) -> Verdict:
    """Return the verdict on two different labels of a closed set, judged or overruled by hand.

    Such labels cannot be the same, so the expected score is
    P(related)·related + (1 - P(related))·unrelated. An uncalibrated probability is not turned into
    a level: which side of one half it falls on is the judge's bias more than its opinion.

    Args:
        pair: The labels.
        matrix: The verdicts on all pairs.
        levels: Scores of the levels.
        below: P(related) below the case's article, which then decides.
    """
    overruled = matrix.overrides.levels.get(pair)
    if overruled is not None:
        return Verdict(overruled, getattr(levels, overruled), matrix.p_related(pair), "overridden")
    p_related = matrix.p_related(pair) if below is None else below
    score = p_related * levels.related + (1 - p_related) * levels.unrelated
    level: Level | None = None
    if matrix.calibration is not None:
        level = likeliest(p_related, 0.0)
    return Verdict(level, score, p_related, "judged" if below is None else BELOW_ARTICLE)


def text_verdict(
    pair: TextPair, matrix: VerdictMatrix, levels: Levels, below: float | None = None
) -> Verdict:
    """Return the verdict on a text outside of the label set.

    The levels are a continuation ratio (Agresti, Analysis of Ordinal Categorical Data, 2nd ed.,
    section 4.2): P(same) = P(related)·P(same | related), P(related only) = P(related)·(1 - P(same |
    related)), P(unrelated) = 1 - P(related). P(same | related) is the judge's own: nothing that a
    text could be centred on is known to mean it. What a name means does not depend on the article.

    Args:
        pair: The text and the gold label.
        matrix: The verdicts on all of them.
        levels: Scores of the levels.
        below: P(related) below the case's article, which then decides.
    """
    p_related = matrix.p_related_of_text(pair) if below is None else below
    p_same = matrix.p_same_of_text(pair)
    if_related = p_same * levels.same + (1 - p_same) * levels.related
    score = p_related * if_related + (1 - p_related) * levels.unrelated
    level: Level | None = None
    if matrix.calibration is not None:
        level = likeliest(p_related, p_same)
    how: How = "judged-text" if below is None else BELOW_ARTICLE
    return Verdict(level, score, p_related, how, p_same)


def likeliest(p_related: float, p_same: float) -> Level:
    """Return the likeliest level, the lower one of two equally likely ones.

    Args:
        p_related: P(related), 0 to 1.
        p_same: P(same, given related), 0 to 1; 0 for two labels of a set.
    """
    shares = (1 - p_related, p_related * (1 - p_same), p_related * p_same)
    return RISING[max(range(len(RISING)), key=shares.__getitem__)]


def penalized(verdict: Verdict, statement: Statement, penalties: Penalties) -> Verdict:
    """Return a verdict on a text's first category, less the penalties; never below 0.

    Every deduction is on top of the first category's own score, so that no text gains by naming
    more categories or by hedging.
    """
    extra = statement.extra_categories
    lost = extra * penalties.extra_category
    lost += penalties.ambiguous if statement.ambiguous else 0.0
    return replace(
        verdict,
        score=max(0.0, verdict.score - lost),
        ambiguous=statement.ambiguous,
        extra_categories=extra,
    )


def outcome_of(
    resolved: ResolvedPrediction,
    matrix: VerdictMatrix,
    rubric: Rubric,
    below: float | str | None = None,
) -> Outcome:
    """Return the outcome of a prediction, by lookup alone.

    Args:
        resolved: The prediction.
        matrix: The verdicts on labels and texts.
        rubric: The judging rule.
        below: P(related) for a judge that saw the article too, or why there is none; None for a
            verdict without article.
    """
    prediction, gold, predicted = resolved.prediction, resolved.gold, resolved.predicted
    name, said = None, None
    verdict: Verdict | str
    if predicted is not None:
        name = predicted.name
        verdict = _label_verdict(resolved, predicted, matrix, rubric.levels, below)
    elif resolved.statement is None:
        verdict = prediction.missing or "no-prediction"
    else:
        said = _said(resolved.statement)
        verdict = _statement_verdict(resolved.statement, gold, matrix, rubric, below)
    if isinstance(verdict, str):
        return Outcome(prediction, gold.name, name, None, verdict, said)
    return Outcome(prediction, gold.name, name, verdict, None, said)


def _said(statement: Statement) -> str:
    """Return what a text that commits to no label says; one word for all that say nothing."""
    if statement.named or statement.is_prose:
        return statement.text
    return statement.category or NO_CATEGORY


def _label_verdict(
    resolved: ResolvedPrediction,
    predicted: Label,
    matrix: VerdictMatrix,
    levels: Levels,
    below: float | str | None,
) -> Verdict | str:
    """Return the verdict on a label of the set, or why there is none."""
    if predicted is resolved.gold:
        return matched_verdict(resolved, levels)
    return _pair_verdict(predicted, resolved.gold, matrix, levels, below)


def _pair_verdict(
    predicted: Label,
    gold: Label,
    matrix: VerdictMatrix,
    levels: Levels,
    below: float | str | None,
) -> Verdict | str:
    pair = matrix.labels.pair(predicted.name, gold.name)
    if pair in matrix.overrides.levels:
        return judged_verdict(pair, matrix, levels)
    if isinstance(below, str):
        return below
    if below is None and pair not in matrix.judgements:
        return _reason(matrix.unanswered, pair)
    return judged_verdict(pair, matrix, levels, below)


def _reason(unanswered: Mapping[Pair, str], pair: Pair) -> str:
    """Return why a pair has no verdict.

    Raises:
        DataUnusable: It was never asked about, so the predictions are no longer those that were.
    """
    if pair not in unanswered:
        raise changed_predictions()
    return unanswered[pair]


def _statement_verdict(
    statement: Statement,
    gold: Label,
    matrix: VerdictMatrix,
    rubric: Rubric,
    below: float | str | None,
) -> Verdict | str:
    """Return the verdict on a text that commits to no label, or why there is none."""
    levels = rubric.levels
    verdict: Verdict | str
    if statement.is_prose:
        return PROSE
    if statement.category is not None:
        pair = TextPair(statement.category, gold.name)
        if pair not in matrix.text_judgements:
            return _reason(matrix.unanswered_texts, pair)
        verdict = below if isinstance(below, str) else text_verdict(pair, matrix, levels, below)
    elif statement.named:
        first = statement.named[0]
        named = Verdict("same", levels.same, None, "named")
        verdict = named if first is gold else _pair_verdict(first, gold, matrix, levels, below)
    else:
        verdict = Verdict("unrelated", levels.unrelated, None, "rule")
    if isinstance(verdict, str):
        return verdict
    return penalized(verdict, statement, rubric.free_text.penalties)
