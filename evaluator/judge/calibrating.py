"""Giving a matrix its calibration, from the answers about reference topics."""

from dataclasses import dataclass, replace

from evaluator.judge.asking import Answer, Heard
from evaluator.judge.biases import bias_questions, text_biases
from evaluator.judge.calibration import FEWEST_ANSWERED, Calibration, Kind
from evaluator.judge.isotonic import Isotonic
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.platt import Platt
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.sentinels import margins

TOO_FEW_ANSWERS = (
    "more than one in twenty of the questions on reference topics are unanswered, too many to "
    "calibrate the judge by the others"
)


@dataclass(frozen=True, slots=True)
class Curve:
    """What turns centred logits into probabilities.

    Attributes:
        kind: What it was fitted on.
        fit: The curve.
        base_rate: Share of related pairs that it expects, 0 to 1, both exclusive.
    """

    kind: Kind
    fit: Platt | Isotonic
    base_rate: float


def calibrated(
    matrix: VerdictMatrix, wanted: Wanted, heard: Heard, survey: ReferenceSurvey, curve: Curve
) -> VerdictMatrix | str:
    """Return the matrix with its calibration, or why it can have none.

    Args:
        matrix: The verdicts.
        wanted: What was asked, the reference topics included.
        heard: The answers.
        survey: The judge's view of the reference pairs.
        curve: From centred logits to probabilities.
    """
    questions = bias_questions(wanted.leaning, wanted.topics)
    answered = sum(isinstance(heard.get(question), Answer) for question in questions)
    biases = text_biases(wanted.leaning, wanted.topics, survey.topic_leanings, heard)
    labels = {name for pair in matrix.judgements for name in (pair.first, pair.second)}
    if answered < FEWEST_ANSWERED * len(questions) or not labels <= biases.keys():
        return TOO_FEW_ANSWERS
    lost = [one for one in matrix.text_judgements if not {one.text, one.gold} <= biases.keys()]
    return replace(
        matrix,
        text_judgements={
            text: said for text, said in matrix.text_judgements.items() if text not in lost
        },
        unanswered_texts={**matrix.unanswered_texts, **dict.fromkeys(lost, "no-bias")},
        calibration=Calibration(curve.kind, curve.fit, curve.base_rate, biases, survey.checked),
        sentinel_margins=margins(wanted.sentinels, biases, heard),
    )
