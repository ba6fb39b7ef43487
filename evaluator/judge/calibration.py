"""From a judge's logit of two texts to a probability that means the same for every label set."""

from dataclasses import dataclass
from typing import Literal

from evaluator.judge.biases import Leanings
from evaluator.judge.isotonic import Isotonic
from evaluator.judge.platt import Platt

Kind = Literal["reference", "labelled"]

FEWEST_ANSWERED = 0.95
"""Smaller shares of answered questions leave too much to those that happened to be answered."""


@dataclass(frozen=True, slots=True)
class CheckedPair:
    """A pair with a known answer that no fit has seen.

    Attributes:
        centred_logit: What the judge says of it, less its leaning to either text.
        related: What people say of it.
    """

    centred_logit: float
    related: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one judge's logits become probabilities.

    Attributes:
        kind: What it was fitted on: the shipped reference pairs, or people's labels of one's own.
        fit: From the centred logit of a pair to P(related).
        base_rate: Share of related pairs that the fit expects, 0 to 1, both exclusive.
        biases: The judge's leaning to each label, by name, and to each text, against the reference
            topics.
        checked: Reference pairs held out from the fit, as this judge sees them.
    """

    kind: Kind
    fit: Platt | Isotonic
    base_rate: float
    biases: Leanings
    checked: tuple[CheckedPair, ...] = ()

    @property
    def is_centred(self) -> bool:
        """Whether the fit is of logits less the judge's leanings; a panel's log odds are."""
        return self.kind == "reference" or not self.biases or any(self.biases.values())

    def centred(self, first: str, second: str, logit: float) -> float:
        """Return the logit of two texts less the judge's leaning to either."""
        return logit - self.biases[first] - self.biases[second]
