"""How many questions a server works on at a time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.backends.protocol import Backend, Durations, Prompt
from evaluator.run.doctor.walking import Found, warning

GOOD_OVERLAP = 1.5
"""Times as many answers in the same time, from which asking several at once is worth it."""


@dataclass(frozen=True, slots=True)
class Timed:
    """How long an answer took.

    Attributes:
        seconds: From the question to the answer.
        durations: Where the server spent them; None where it does not tell.
    """

    seconds: float
    durations: Durations | None


@dataclass(frozen=True, slots=True)
class AtOnce:
    """How long answers took to questions that were asked at the same time.

    Attributes:
        seconds: From the first question to the last answer.
        answers: Each.
    """

    seconds: float
    answers: Sequence[Timed]

    @classmethod
    async def measured(cls, backend: Backend, prompts: Sequence[Prompt]) -> "AtOnce":
        """Ask all of them.

        Raises:
            Unanswered: One has no answer.
        """
        started = time.monotonic()
        answers = await asyncio.gather(*(timed(backend, prompt) for prompt in prompts))
        return cls(time.monotonic() - started, answers)


async def timed(backend: Backend, prompt: Prompt) -> Timed:
    """Ask one question.

    Raises:
        Unanswered: It has no answer.
    """
    started = time.monotonic()
    reply = await backend.ask(prompt)
    return Timed(time.monotonic() - started, reply.durations)


def slots_seen(alone: Timed, together: AtOnce) -> int | None:
    """Return how many questions had not to wait for another, None where the server does not tell.

    What a question waits that is alone is no waiting for others.

    Args:
        alone: One question alone.
        together: Several at once.
    """
    told = [one.durations for one in together.answers if one.durations is not None]
    if alone.durations is None or not told:
        return None
    patience = alone.durations.waiting + alone.durations.computing / 2
    return max(1, sum(one.waiting <= patience for one in told))


def overlap_found(
    alone: Timed, together: AtOnce, *, is_ollama: bool, is_found: bool = False
) -> Found:
    """Return whether asking several questions at once pays.

    Args:
        alone: One question alone.
        together: Several at once.
        is_ollama: Whether Ollama's variables tune the server.
        is_found: Whether a run finds by itself how many to ask at a time.
    """
    number = len(together.answers)
    gain = number * alone.seconds / together.seconds
    text = (
        f"{number} questions at once took {together.seconds:.3g} s, one alone {alone.seconds:.3g} s"
    )
    slots = slots_seen(alone, together)
    if slots is None:
        if gain >= GOOD_OVERLAP or is_found:
            return Found(text)
        return warning(f"{text}: they hardly overlap", "lower --concurrency, or add servers.")
    if slots >= number:
        return Found(f"{text}; the server works on at least {number} at a time")
    if is_found:
        return Found(f"{text}; the server works on {slots} at a time, which a run finds by itself")
    remedy = "set OLLAMA_NUM_PARALLEL where Ollama runs" if is_ollama else "give the server slots"
    return warning(
        f"{text}; the server works on {slots} at a time, the others wait",
        f"{remedy} ({number} for that many), or ask with --concurrency {slots}.",
    )
