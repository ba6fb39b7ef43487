"""From the first answer token's distribution to a reading of yes against no."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from evaluator.backends.protocol import Reply, TokenProbability, Unanswered
from evaluator.judge.rubric import AnswerWords

CERTAIN = 20.0
"""Logit of an answer that comes without probabilities: as good as certain, and yet finite, so that
two orders that contradict each other average to one half."""

OPENERS = " \t\r\n\u3000\"'`*([{“‘「『（"
"""What may stand before a written answer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says. A journal's record that says anything else is damaged.

    Attributes:
        logit: ln P(yes) - ln P(no) over the answer words, all spellings summed; plus or minus
            `CERTAIN` for an answer without probabilities.
        mass: P(yes) + P(no) before renormalising, 0 to 1; low where the judge wanted to say
            something else.
    """

    logit: Annotated[float, Field(allow_inf_nan=False)]
    mass: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def read_reply(reply: Reply, words: AnswerWords) -> Reading:
    """Return the reading of a reply: of its probabilities, or of its text where it has none.

    Raises:
        Unanswered: It says neither yes nor no, or a probability is no number.
    """
    if reply.candidates:
        return read_answer(reply.candidates, words)
    return read_text(reply.said, words)


def read_text(said: str, words: AnswerWords) -> Reading:
    """Return the reading of a written answer: its first word decides.

    Raises:
        Unanswered: It does not begin with an answer.
    """
    beginning = said.lstrip(OPENERS).casefold()
    for answers, logit in ((words.yes, CERTAIN), (words.no, -CERTAIN)):
        for answer in answers:
            word = answer.strip().casefold()
            rest = beginning.removeprefix(word)
            if beginning.startswith(word) and not rest[:1].isalnum():
                return Reading(logit, 1.0)
    raise Unanswered("no-answer-word", "the judge's answer begins with neither yes nor no")


def read_answer(candidates: Iterable[TokenProbability], words: AnswerWords) -> Reading:
    """Return the reading of the first answer token's most likely candidates.

    A candidate that is listed twice, alike in all, counts once. An answer that is not listed gets
    the smallest listed probability, the most it can have.

    Raises:
        Unanswered: Neither answer is among the candidates, or a probability is no number.
    """
    yes_words = {word.strip().casefold() for word in words.yes}
    no_words = {word.strip().casefold() for word in words.no}
    yes = no = 0.0
    smallest = 1.0
    for candidate in dict.fromkeys(candidates):
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
