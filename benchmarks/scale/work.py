"""What is to be done for so many cases, whoever does it: calls, tokens and bytes."""

from dataclasses import dataclass

from benchmarks.scale import rates
from benchmarks.table import Cell

TOPICS = 8
"""Reference topics that a label is held against."""

LABELS_ALONE, ARTICLES, GEVAL = "labels alone", "articles shown", "GEval"


@dataclass(frozen=True, slots=True)
class Work:
    """What so many cases take.

    Attributes:
        cases: How many.
        way: How they are judged.
        calls: Requests to the judge.
        prompt_tokens: Prompt tokens that it evaluates.
        generated_tokens: Tokens that it generates.
        disk_bytes: What is written; None where that is not ours.
    """

    cases: int
    way: str
    calls: float
    prompt_tokens: float
    generated_tokens: float
    disk_bytes: float | None

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "cases": self.cases,
            "judged by": self.way,
            "calls": round(self.calls),
            "evaluated tokens": round(self.prompt_tokens),
            "generated tokens": round(self.generated_tokens),
            "disk, GB": None if self.disk_bytes is None else self.disk_bytes / 1e9,
        }


def label_calls(labels: int) -> int:
    """Return the questions on a label set: both orders of its pairs, and with reference topics."""
    return labels * (labels - 1) + 2 * TOPICS * labels


def bytes_of_shards() -> int:
    """Return what a case takes on the disk, in its shard and in the merged run."""
    shard = rates.PREDICTION_BYTES + rates.CLASSIFICATION_BYTES
    return shard + rates.CASE_BYTES + rates.DEEPEVAL_BYTES


def misses(cases: int) -> float:
    """Return how many cases are asked about below their article."""
    return cases * (1 - rates.ACCURACY)


def labels_alone(cases: int) -> Work:
    """Return the work of a run in shards; the calls are those of a judge that is known already."""
    calls = label_calls(rates.LABELS)
    written = float(bytes_of_shards() * cases)
    return Work(cases, LABELS_ALONE, calls, calls * rates.LABEL_TOKENS, calls, written)


def articles_shown(cases: int) -> Work:
    """Return the work where classifying is followed by judging misses below their articles."""
    alone = labels_alone(cases)
    asked = misses(cases) * rates.QUESTIONS_A_MISS
    read = misses(cases) * rates.SHOWN_TOKENS + asked * rates.LABEL_TOKENS
    written = bytes_of_shards() * cases + asked * rates.ANSWER_BYTES
    calls = alone.calls + asked
    return Work(cases, ARTICLES, calls, alone.prompt_tokens + read, calls, written)


def geval(cases: int) -> Work:
    """Return the work of DeepEval's GEval, one call a case."""
    prompt, generated = rates.GEVAL_PROMPT_TOKENS * cases, rates.GEVAL_GENERATED_TOKENS * cases
    return Work(cases, GEVAL, cases, prompt, generated, None)
