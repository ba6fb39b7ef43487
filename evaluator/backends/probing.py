"""Finding out how a server is best asked, with one question whose answer is known."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluator.backends.protocol import Prompt, Reply, TryAgain, Unanswered

LEAST_MASS = 0.1
TOKENS_OF_A_WRITTEN_ANSWER = 12

Scoring = Literal["logprobs", "schema", "text"]


@dataclass(frozen=True, slots=True)
class Manner:
    """A way of asking.

    Attributes:
        form: How a prompt is put, in the backend's own words, such as `chat`.
        scoring: How the answer is read.
    """

    form: str
    scoring: Scoring


AskIn = Callable[[Prompt, Manner], Awaitable[Reply]]
"""Asks a prompt in a manner. Raises `Unanswered` where a server cannot be asked so, and `TryAgain`
where it may be at another time."""


async def best_manner(
    probe: Prompt, ask: AskIn, forms: Sequence[str], reserve: Sequence[str] = ()
) -> Manner:
    """Return the way of asking that the probe is answered best in.

    With logprobs it is the form that gives most probability to the answer words. Where none gives
    them enough, a schema limits the answer; where the server obeys no schema, its text is read.

    Args:
        probe: The question.
        ask: Asks it.
        forms: The forms to try, the usual one first; a draw goes to the earlier one.
        reserve: Forms to try besides where the usual one gives the answer words too little.

    Raises:
        TryAgain: The server failed for a reason that says nothing about how it can be asked.
    """
    masses = {form: await _mass(probe, ask, form) for form in forms}
    if masses[forms[0]] < LEAST_MASS:
        masses |= {form: await _mass(probe, ask, form) for form in reserve}
    best = max(masses, key=masses.__getitem__)
    if masses[best] >= LEAST_MASS:
        return Manner(best, "logprobs")
    conversations = (forms[0], *reserve)
    scorings: tuple[Scoring, ...] = ("schema", "text")
    for written in (Manner(form, scoring) for scoring in scorings for form in conversations):
        if await _is_answered(probe, ask, written):
            return written
    return Manner(forms[0], "text")


def answer_schema(choices: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer that is one of the choices."""
    return {"type": "string", "enum": list(choices)}


async def _mass(probe: Prompt, ask: AskIn, form: str) -> float:
    """Return the probability of the answer words in a form, 0 where it is not to be had."""
    reply = await _reply(probe, ask, Manner(form, "logprobs"))
    if reply is None:
        return 0.0
    # A tokenizer may split an answer word, so the beginning of one counts.
    words = [choice.casefold() for choice in probe.choices]
    return sum(
        math.exp(one.logprob)
        for one in reply.candidates
        if one.logprob <= 0 and _begins_one(one.token.strip().casefold(), words)
    )


def _begins_one(token: str, words: Sequence[str]) -> bool:
    return bool(token) and sum(word.startswith(token) for word in words) == 1


async def _is_answered(probe: Prompt, ask: AskIn, written: Manner) -> bool:
    """Whether the probe is answered with one of the choices; free text may go on after it."""
    reply = await _reply(probe, ask, written)
    if reply is None:
        return False
    if written.scoring == "schema":
        return reply.said.strip() in {f'"{choice}"' for choice in probe.choices}
    return reply.said.lstrip().casefold().startswith(tuple(map(str.casefold, probe.choices)))


async def _reply(probe: Prompt, ask: AskIn, manner: Manner) -> Reply | None:
    """Return the answer to the probe, or None where the server cannot be asked in this manner."""
    try:
        return await ask(probe, manner)
    except Unanswered as error:
        if isinstance(error, TryAgain) and error.reason != "no-logprobs":
            raise
        return None
