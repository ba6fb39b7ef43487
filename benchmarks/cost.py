"""What judging costs, ours against GEval, before the same server with the same weights.

The cases are predictions of 20 Newsgroups labels by plain names, 70 % of them right. `evaluator
judge` judges 100, 1,000 and 10,000 of them, calibrated. A judge that was never used is asked about
the reference pairs first, once: the first row has that, the others know it. GEval is asked about 30
cases, half of them before ours and half after, and the rest is extrapolated: every case is one call
to it. llama.cpp's own server counts the tokens of both: *evaluated* are those of prompts that its
cache did not hold. Our seconds are those of the whole command, GEval's those of its calls alone.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.geval import USUAL_STEPS, GEval, deepeval_version, geval_note
from benchmarks.label_sets import newsgroups
from benchmarks.llama_server import ALIAS, LlamaServer, llama_version
from benchmarks.ours import evaluator, write_predictions
from benchmarks.pair_sets import grouped_pairs
from benchmarks.table import Cell, Row
from evaluator.backends.gguf import SHA256, packaged_gguf
from evaluator.backends.openai import KEY_VARIABLES

SIZES = (100, 1_000, 10_000)
GEVAL_CASES = 30
ACCURACY = 0.7
SEED = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """What judging some cases took.

    Attributes:
        calls: Requests to the server.
        evaluated: Prompt tokens that it computed.
        generated: Tokens that it generated.
        seconds: Wall time.
    """

    calls: float
    evaluated: float
    generated: float
    seconds: float

    def __add__(self, other: "Cost") -> "Cost":
        """Return what both took."""
        return Cost(
            self.calls + other.calls,
            self.evaluated + other.evaluated,
            self.generated + other.generated,
            self.seconds + other.seconds,
        )

    def times(self, factor: float) -> "Cost":
        """Return the cost of so many times as many cases."""
        return Cost(
            self.calls * factor,
            self.evaluated * factor,
            self.generated * factor,
            self.seconds * factor,
        )


@dataclass(frozen=True, slots=True)
class CostRow:
    """What judging some cases took one of both."""

    cases: int
    way: str
    cost: Cost

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "cases": self.cases,
            "way": self.way,
            "calls": round(self.cost.calls),
            "evaluated tokens": round(self.cost.evaluated),
            "generated tokens": round(self.cost.generated),
            "seconds": self.cost.seconds,
        }


@dataclass(frozen=True, slots=True)
class RatioRow:
    """Our cost as parts of GEval's."""

    cases: str
    ours: Cost
    geval: Cost

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "ours / GEval": self.cases,
            "calls": self.ours.calls / self.geval.calls,
            "evaluated tokens": self.ours.evaluated / self.geval.evaluated,
            "generated tokens": self.ours.generated / self.geval.generated,
            "seconds": self.ours.seconds / self.geval.seconds,
        }


def measure() -> Iterator[Row | str]:
    """Yield the costs, then ours as parts of GEval's."""
    cases = _cases(max(SIZES))
    with tempfile.TemporaryDirectory() as name, LlamaServer(packaged_gguf()) as server:
        folder = Path(name)
        geval = _geval(server, cases[: GEVAL_CASES // 2])
        first = _ours(server, cases[: SIZES[0]], folder, "first")
        found = {size: _ours(server, cases[:size], folder, f"{size}") for size in SIZES}
        geval += _geval(server, cases[GEVAL_CASES // 2 : GEVAL_CASES])
    yield geval_note()
    yield CostRow(SIZES[0], "ours, first use of a judge", first)
    for size, cost in found.items():
        yield CostRow(size, "ours", cost)
    if not geval.calls:
        return
    case = geval.times(1 / geval.calls)
    for size in SIZES:
        yield CostRow(size, f"GEval, extrapolated from {GEVAL_CASES}", case.times(size))
    yield RatioRow(f"{SIZES[0]:,} cases, first use", first, case.times(SIZES[0]))
    for size, cost in found.items():
        yield RatioRow(f"{size:,} cases", cost, case.times(size))
    largest = found[max(SIZES)]
    yield RatioRow("one question, one case", largest.times(1 / largest.calls), case)


def _cases(size: int) -> list[tuple[str, str]]:
    """Return pairs of a predicted and a gold label."""
    words = grouped_pairs(newsgroups()).words
    draw = random.Random(SEED)
    golds = draw.choices(words, k=size)
    return [(gold if draw.random() < ACCURACY else draw.choice(words), gold) for gold in golds]


def _ours(server: LlamaServer, cases: list[tuple[str, str]], folder: Path, name: str) -> Cost:
    """Judge cases. What is known of the judge is kept in the folder, not in the user's cache."""
    predictions = folder / f"{name}.csv"
    write_predictions(predictions, cases)
    files = ("--predictions", predictions, "--save-to", folder / name)
    judge = ("--judge", f"openai:{ALIAS}@{server.url}")
    environment = {KEY_VARIABLES[0]: server.key, "EVALUATOR_CACHE": str(folder)}
    before, started = _counts(server), time.monotonic()
    evaluator("judge", *files, *judge, environment=environment)
    seconds = time.monotonic() - started
    evaluated, generated = _since(server, before)
    # Each answer has one token, also those of questions that no run's own count has.
    return Cost(generated, evaluated, generated, seconds)


def _geval(server: LlamaServer, cases: list[tuple[str, str]]) -> Cost:
    if deepeval_version() is None:
        return Cost(0, 0, 0, 0)
    geval = GEval(server, SHA256, llama_version(), USUAL_STEPS)
    before = _counts(server)
    seconds = sum(answer.seconds for answer in geval.ask(cases))
    return Cost(len(cases), *_since(server, before), seconds)


def _counts(server: LlamaServer) -> tuple[int, int]:
    return server.counter("prompt_tokens"), server.counter("tokens_predicted")


def _since(server: LlamaServer, before: tuple[int, int]) -> tuple[int, int]:
    """Return the prompt tokens evaluated and the tokens generated since an earlier count."""
    evaluated, generated = _counts(server)
    return evaluated - before[0], generated - before[1]
