"""From the first answer token's distribution to a reading of yes against no."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from evaluator.backends.protocol import TokenProbability, Unanswered
from evaluator.judge.rubric import AnswerWords


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says.

    Attributes:
        logit: ln P(yes) - ln P(no) over the answer words, both spellings summed.
        mass: P(yes) + P(no) before renormalising, 0 to 1; low where the judge wanted to say
            something else.
    """

    logit: float
    mass: float


def read_answer(candidates: Iterable[TokenProbability], words: AnswerWords) -> Reading:
    """Return the reading of the first answer token's most likely candidates.

    An answer that is not among the candidates gets the smallest listed probability, the most it
    can have.

    Raises:
        Unanswered: Neither answer is among the candidates, or a probability is no number.
    """
    yes_words = {word.strip().casefold() for word in words.yes}
    no_words = {word.strip().casefold() for word in words.no}
    yes = no = 0.0
    smallest = 1.0
    for candidate in candidates:
        if not candidate.logprob <= 0.0:
            raise Unanswered("bad-logprobs", f"log probability {candidate.logprob}")
        probability = math.exp(candidate.logprob)
        word = candidate.token.strip().casefold()
        yes += probability if word in yes_words else 0.0
        no += probability if word in no_words else 0.0
        smallest = min(smallest, probability)
    mass = yes + no
    if mass <= 0.0:
        raise Unanswered("no-answer-word", "the judge's first token is neither answer")
    floor = max(smallest, 1e-30)
    return Reading(math.log(yes or floor) - math.log(no or floor), min(mass, 1.0))
