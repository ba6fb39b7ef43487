"""The embedded judge: loading, a question, and the same answers in any order."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence

from benchmarks.figure import Figure
from evaluator.backends.embedded import EmbeddedBackend
from evaluator.backends.gguf import packaged_gguf
from evaluator.backends.protocol import Prompt, TokenProbability
from evaluator.judge.labels import labels_from_names
from evaluator.judge.matrix import Wanted
from evaluator.judge.question import prompt_writer
from evaluator.judge.rubric_file import load_rubric

TOPICS = ("cars", "ice hockey", "medicine", "space flight", "electronics", "cryptography")


def measure() -> Iterator[Figure]:
    """Yield loading time and time a question.

    Raises:
        AssertionError: An answer depends on the order of the questions.
    """
    packaged_gguf()
    labels = labels_from_names(TOPICS)
    write = prompt_writer(load_rubric("category-relevance"), labels)
    prompts = [write(question) for question in Wanted(list(labels.pairs())).questions]
    loading, in_order, question = asyncio.run(_answers(prompts))
    shuffled = random.Random(5).sample(prompts, len(prompts))
    _, out_of_order, _ = asyncio.run(_answers(shuffled))
    assert in_order == out_of_order, "an answer depends on the order of the questions"
    whole = asyncio.run(_seconds_without_reuse(prompts))
    yield Figure("loading the embedded judge", loading, "s", "3 s", 3.0, target=3.0)
    yield Figure(
        "a question after the first",
        question,
        "s",
        "one that evaluates its whole prompt",
        whole,
        target=0.1,
    )


async def _answers(
    prompts: Sequence[Prompt],
) -> tuple[float, dict[str, tuple[TokenProbability, ...]], float]:
    started = time.monotonic()
    async with EmbeddedBackend(None) as judge:
        loaded = time.monotonic()
        await judge.ask(prompts[0])
        warm = time.monotonic()
        replies = {prompt.text: await judge.ask(prompt) for prompt in prompts}
        ended = time.monotonic()
    candidates = {text: reply.candidates for text, reply in replies.items()}
    return loaded - started, candidates, (ended - warm) / len(prompts)


async def _seconds_without_reuse(prompts: Sequence[Prompt]) -> float:
    """Return the time of a question whose beginning was never seen, so that nothing is reused."""
    async with EmbeddedBackend(None) as judge:
        await judge.ask(prompts[0])
        started = time.monotonic()
        for number, prompt in enumerate(prompts[:5]):
            text = f"{number} {prompt.constant}"
            judge._complete(text + prompt.question, candidates=20)
        return (time.monotonic() - started) / 5
