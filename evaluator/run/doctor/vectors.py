"""One real verdict of a judge that compares vectors."""

import asyncio
import time
from dataclasses import dataclass

from evaluator.backends.embedding import EmbeddingBackend
from evaluator.backends.naming import JudgeSpec
from evaluator.errors import JudgeUnavailable
from evaluator.judge.references import nearest_references
from evaluator.judge.rubric import Rubric
from evaluator.judge.similarity import Similarity
from evaluator.run.doctor.sense import related_and_not
from evaluator.run.doctor.walking import Found, Step, skipped, warning

OF_ANSWERS = ("GPU", "context", "parallel slots", "thinking")


@dataclass(frozen=True, slots=True)
class Comparing:
    """A judge that compares vectors.

    Attributes:
        spec: The judge.
        rubric: How a label is worded for it.
    """

    spec: JudgeSpec
    rubric: Rubric

    @property
    def steps(self) -> list[Step]:
        """Return the steps of a judge whose model is there."""
        advice = "name another file with --judge embedding:PATH.gguf."
        rest = [
            Step(name, lambda: skipped("it gives no answers"), JudgeUnavailable, advice)
            for name in OF_ANSWERS
        ]
        return [Step("verdict", self._verdict, JudgeUnavailable, advice), *rest]

    def close(self) -> None:
        """Do nothing: the model is let go after the verdict."""

    def _verdict(self) -> Found:
        related, unrelated = related_and_not(self.rubric)
        topics = nearest_references(self.rubric.language).topics
        texts = [related.first, related.second, unrelated.first, unrelated.second, *topics]
        started = time.monotonic()
        vectors = asyncio.run(self._vectors([*dict.fromkeys(texts)]))
        near = Similarity(vectors, topics)
        together = near.cosine(related.first, related.second)
        apart = near.cosine(unrelated.first, unrelated.second)
        text = (
            f"“{related.first} / {related.second}” have a cosine of {together:.2f}, "
            f"“{unrelated.first} / {unrelated.second}” {apart:.2f}; loaded and read "
            f"{len(vectors)} texts in {time.monotonic() - started:.3g} s"
        )
        if together <= apart:
            return warning(
                f"{text}: the unrelated pair looks as related as the related one",
                "take another model.",
            )
        return Found(text)

    async def _vectors(self, texts: list[str]) -> dict[str, tuple[float, ...]]:
        worded = [self.rubric.embedded_as.replace("{}", text) for text in texts]
        async with EmbeddingBackend(self.spec.gguf) as backend:
            return dict(zip(texts, await backend.embed(worded), strict=True))
