"""How often `evaluator compare` calls one model better or worse, by simulation.

Equally good models should get such a verdict in at most 5 % of the pairs; of a model that is three
points more accurate, so many show how large a difference the cases can show. A simulated judge
gives each miss a fixed relevance. Some share of the second model's answers is the first one's;
with four runs, three further models are compared at once. Each setting has 2,000 comparisons.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from benchmarks.table import Cell
from evaluator.report.comparison import SIGNIFICANT
from evaluator.statistics.comparison import compare_rates, compare_scores, holm

CASES = (100, 1_000, 10_000)
SHARED = (0.0, 0.5, 0.9)
FURTHER_RUNS = (1, 3)
ACCURACIES = (0.2, 0.72)
COMPARISONS = 2_000
LABELS = 20
GAIN = 0.03
RELATED_SCORE = 0.5

Floats = NDArray[numpy.float64]
Ints = NDArray[numpy.int64]


@dataclass(frozen=True, slots=True)
class Setting:
    """One point of the grid.

    Attributes:
        cases: Cases that are compared.
        shared: Share of them in which both models answer alike because one copies the other.
        further: Runs that are held against the first.
        accuracy: How often the first is right.
    """

    cases: int
    shared: float
    further: int
    accuracy: float

    @property
    def can_gain(self) -> bool:
        """Whether the second model's own answers can make the gain."""
        return self.further == 1 and self.accuracy + GAIN / (1 - self.shared) <= 1


@dataclass(frozen=True, slots=True)
class Row:
    """One setting's shares of comparisons with a verdict, in percent."""

    setting: Setting
    equal: float
    equal_apart: float
    gained: float | None

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "cases": self.setting.cases,
            "answers shared": f"{self.setting.shared:.0%}",
            "runs": self.setting.further + 1,
            "accuracy": f"{self.setting.accuracy:.0%}",
            "verdicts on equal models, %": self.equal,
            "… each measure tested alone, %": self.equal_apart,
            f"found better by {100 * GAIN:.0f} points, %": self.gained,
        }


def measure() -> Iterator[Row | str]:
    """Yield the shares of each setting."""
    draw = numpy.random.default_rng(0)
    rows = []
    for point in itertools.product(CASES, SHARED, FURTHER_RUNS, ACCURACIES):
        rows.append(_row(draw, Setting(*point)))
        yield rows[-1]
    yield (
        f"- At most {max(row.equal for row in rows):.1f} % of the comparisons of equally good "
        f"models get a verdict; were each measure tested alone, at most "
        f"{max(row.equal_apart for row in rows):.1f} %."
    )


def _row(draw: numpy.random.Generator, setting: Setting) -> Row:
    relevance = draw.beta(0.4, 1.2, size=LABELS - 1) * RELATED_SCORE
    scores = numpy.concatenate([[1.0], relevance])
    rounds = COMPARISONS // setting.further
    equal, apart = 0, 0
    for _ in range(rounds):
        pairs = [_p_values(draw, setting, scores)[:2] for _ in range(setting.further)]
        adjusted = iter(holm([p for pair in pairs for p in pair]))
        equal += sum(min(next(adjusted), next(adjusted)) < SIGNIFICANT for _ in pairs)
        apart += sum(min(pair) < SIGNIFICANT for pair in pairs)
    made = rounds * setting.further
    gained = _found_better(draw, setting, scores) if setting.can_gain else None
    return Row(setting, 100 * equal / made, 100 * apart / made, gained)


def _found_better(draw: numpy.random.Generator, setting: Setting, scores: Floats) -> float:
    found = 0
    for _ in range(COMPARISONS):
        *pair, ahead = _p_values(draw, setting, scores, gain=GAIN)
        found += min(holm(pair)) < SIGNIFICANT and ahead > 0
    return 100 * found / COMPARISONS


def _p_values(
    draw: numpy.random.Generator, setting: Setting, scores: Floats, gain: float = 0.0
) -> tuple[float, float, float]:
    """Return both p-values of one simulated comparison, and which way accuracy points."""
    first = _answers(draw, setting.cases, setting.accuracy)
    own = _answers(draw, setting.cases, setting.accuracy + gain / (1 - setting.shared))
    second = numpy.where(draw.random(setting.cases) < setting.shared, first, own)
    rates = compare_rates(first == 0, second == 0)
    p = compare_scores(scores[first], scores[second]).p_value
    ahead = float((second == 0).mean() - (first == 0).mean())
    return rates.p_value, 1.0 if p is None else p, ahead


def _answers(draw: numpy.random.Generator, cases: int, accuracy: float) -> Ints:
    """Return answers: 0 for the right label, 1 to 19 for a wrong one."""
    wrong = draw.integers(1, LABELS, size=cases)
    return numpy.where(draw.random(cases) < accuracy, 0, wrong)
