"""What one judge says of the reference pairs, and the fit that follows from it."""

from dataclasses import dataclass

from evaluator.judge.asking import Answer, Heard
from evaluator.judge.biases import (
    Leanings,
    bias_questions,
    mean_logits,
    text_biases,
    topic_leanings,
)
from evaluator.judge.calibration import FEWEST_ANSWERED, CheckedPair
from evaluator.judge.labels import LabelPair
from evaluator.judge.platt import Platt, fit_platt
from evaluator.judge.question import Question, both_orders
from evaluator.judge.references import ReferencePair, References


@dataclass(frozen=True, slots=True)
class ReferenceSurvey:
    """How one judge sees the reference topics and pairs.

    Attributes:
        references: The topics and pairs.
        topic_leanings: Its leaning to each topic, in the logit.
        centred_logits: Of each pair in their order; None where the judge gave no answer.
    """

    references: References
    topic_leanings: Leanings
    centred_logits: tuple[float | None, ...]

    @property
    def answered_share(self) -> float:
        """Share of the pairs that have an answer, 0 to 1."""
        answered = sum(one is not None for one in self.centred_logits)
        return answered / len(self.centred_logits)

    @property
    def checked(self) -> tuple[CheckedPair, ...]:
        """The answered pairs that are kept from the fit."""
        return tuple(
            CheckedPair(logit, pair.related) for pair, logit in self._answered() if pair.held_out
        )

    def fit(self, base_rate: float) -> Platt | None:
        """Return the calibration's fit, for label sets with such a share of related pairs.

        Args:
            base_rate: The share, 0 to 1, both exclusive.

        Returns:
            None where the judge left more than one in twenty pairs without an answer, or does not
            call related pairs more related than others.
        """
        if self.answered_share < FEWEST_ANSWERED:
            return None
        fitting = [(logit, pair.related) for pair, logit in self._answered() if not pair.held_out]
        related = [one for _, one in fitting]
        platt = fit_platt([logit for logit, _ in fitting], related)
        if platt.slope <= 0:
            return None
        return platt.shifted(sum(related) / len(related), base_rate)

    def _answered(self) -> list[tuple[ReferencePair, float]]:
        both = zip(self.references.pairs, self.centred_logits, strict=True)
        return [(pair, logit) for pair, logit in both if logit is not None]


def reference_questions(references: References) -> list[Question]:
    """Return both orders of each pair, and of each of its texts against each topic."""
    pairs = (LabelPair(pair.first, pair.second) for pair in references.pairs)
    about_pairs = [question for pair in pairs for question in both_orders(pair)]
    return [*about_pairs, *bias_questions(references.texts, references.topics)]


def survey_of(references: References, heard: Heard) -> ReferenceSurvey:
    """Return the survey that the answers to `reference_questions` make."""
    leanings = topic_leanings(mean_logits(references.texts, references.topics, heard))
    biases = text_biases(references.texts, references.topics, leanings, heard)
    return ReferenceSurvey(
        references, leanings, tuple(_centred(pair, biases, heard) for pair in references.pairs)
    )


def _centred(pair: ReferencePair, biases: dict[str, float], heard: Heard) -> float | None:
    forward, backward = (heard.get(one) for one in both_orders(LabelPair(pair.first, pair.second)))
    if not isinstance(forward, Answer) or not isinstance(backward, Answer):
        return None
    if pair.first not in biases or pair.second not in biases:
        return None
    mean = (forward.reading.logit + backward.reading.logit) / 2
    return mean - biases[pair.first] - biases[pair.second]
