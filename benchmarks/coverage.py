"""How often the 95 % intervals hold the truth, by simulation.

A world has a few labels, a classifier, a judge and people, all of them drawn once. Samples of its
cases are drawn from it, intervals are made from each, and counted are those that hold what the
world itself would give. It takes three minutes of one processor, so it is no part of the run
over all benchmarks.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from benchmarks.table import Cell
from evaluator.statistics.comparison import compare_scores
from evaluator.statistics.correction import JudgeAgainstHumans, corrected_mean, corrected_rate
from evaluator.statistics.intervals import CONFIDENCE, Interval, mean_interval, rate_interval

CASES = (20, 50, 100, 300)
LABELS = (3, 20)
ACCURACIES = (0.6, 0.9)
JUDGES = {"poor": 0.5, "good": 2.0}
"""Distance of related from unrelated pairs, in errors of the judge's logit."""

SAMPLES = 1_000
UNLABELLED_PER_LABELLED = 4
RELATED_SHARE, WHIM = 0.3, 0.05
WORSE, COPIED = 0.1, 0.7
"""How much less often the second model is right where it answers on its own, and how often it
answers as the first."""

LEVELS = numpy.array([0.0, 0.5, 1.0])
HUMAN_PASSES, JUDGE_PASSES = 0.5, 0.25
TOLERANCE = 0.02

INTERVALS = {
    "mean score, given the matrix": "BCa bootstrap",
    "accuracy": "Wilson",
    "difference of two models' mean scores": "Agresti–Min",
    "mean score corrected by labels": "PPI++ and two labels",
    "pass rate corrected by labels": "Rogan–Gladen, Lang–Reiczigel",
}
Floats = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Setting:
    """One point of the grid.

    Attributes:
        cases: Cases of a sample; where labels correct the judge, those that have one.
        labels: Labels of the world.
        accuracy: Share of the cases that the classifier gets right.
        judge: Key of `JUDGES`.
    """

    cases: int
    labels: int
    accuracy: float
    judge: str

    def __str__(self) -> str:
        """Return the setting in words."""
        return (
            f"n = {self.cases}, {self.labels} labels, {self.accuracy:.0%} right, {self.judge} judge"
        )


@dataclass(frozen=True, slots=True)
class World:
    """A population of cases.

    Attributes:
        gold: Share of each label, shape (labels,).
        first: What the first model predicts, by gold label, shape (labels, labels).
        second: The same of the second model, where it does not copy the first.
        human: The score that people give a cell, but for a whim in 5 % of the cases.
        judge: The score that the judge gives a cell.
    """

    gold: Floats
    first: Floats
    second: Floats
    human: Floats
    judge: Floats

    @property
    def truths(self) -> dict[str, float]:
        """What each interval should hold."""
        first = self.gold[:, None] * self.first
        second = self.gold[:, None] * self.second
        truths = (
            (first * self.judge).sum(),
            numpy.trace(first),
            (1 - COPIED) * ((first - second) * self.judge).sum(),
            _with_whims((first * self.human).sum(), LEVELS.mean()),
            _with_whims(
                (first * (self.human >= HUMAN_PASSES)).sum(), (LEVELS >= HUMAN_PASSES).mean()
            ),
        )
        return dict(zip(INTERVALS, map(float, truths), strict=True))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often one interval held the truth in one setting.

    Attributes:
        held: Intervals that held it.
        given: Samples that had an interval.
    """

    held: int
    given: int

    @property
    def share(self) -> float:
        """Share that held it of the intervals there were, 0 to 1."""
        return self.held / self.given

    @property
    def outside(self) -> bool:
        """Whether that is further from 95 % than should be."""
        return abs(self.share - CONFIDENCE) > TOLERANCE


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One line of the table.

    Attributes:
        name: Key of `INTERVALS`.
        found: Its coverage in each setting.
    """

    name: str
    found: dict[Setting, Coverage]

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        shares = numpy.array([one.share for one in self.found.values()])
        cases = numpy.array([setting.cases for setting in self.found])
        given = sum(one.given for one in self.found.values())
        outside = sum(one.outside for one in self.found.values())
        return {
            "interval": f"{self.name} ({INTERVALS[self.name]})",
            **{f"n = {n}": _percent(shares[cases == n].mean()) for n in CASES},
            "all": _percent(shares.mean()),
            "lowest": _percent(shares.min()),
            "highest": _percent(shares.max()),
            "settings outside": f"{outside} of {len(shares)}",
            "samples without": _percent(1 - given / (SAMPLES * len(shares))),
        }

    @property
    def exceptions(self) -> str:
        """The settings outside of 93 to 97 %, in words."""
        outside = [
            f"{_percent(one.share)} at {setting}"
            for setting, one in self.found.items()
            if one.outside
        ]
        return f"- Outside of 93 to 97 %, {self.name}: {'; '.join(outside) or 'none'}."


def measure() -> Iterator[IntervalRow | str]:
    """Yield an interval a row, and then the settings outside of 93 to 97 %."""
    grid = [Setting(*point) for point in itertools.product(CASES, LABELS, ACCURACIES, JUDGES)]
    found = {setting: _coverage(setting) for setting in grid}
    rows = [
        IntervalRow(name, {setting: by_name[name] for setting, by_name in found.items()})
        for name in INTERVALS
    ]
    yield from rows
    yield from (row.exceptions for row in rows)


def _coverage(setting: Setting) -> dict[str, Coverage]:
    """Return how often each interval holds the truth in a setting's samples."""
    world = _world(setting)
    truths = world.truths
    held = dict.fromkeys(INTERVALS, 0)
    given = dict.fromkeys(INTERVALS, 0)
    for sample in range(SAMPLES):
        intervals = _intervals(world, setting, sample)
        for name, interval in zip(INTERVALS, intervals, strict=True):
            if interval is not None:
                given[name] += 1
                held[name] += interval[0] <= truths[name] <= interval[1]
    return {name: Coverage(held[name], given[name]) for name in INTERVALS}


def _intervals(world: World, setting: Setting, sample: int) -> list[Interval | None]:
    """Return each interval from a sample of labelled cases and four times as many others."""
    percent, judge = round(100 * setting.accuracy), [*JUDGES].index(setting.judge)
    draw = numpy.random.default_rng([setting.cases, setting.labels, percent, judge, sample])
    n = setting.cases
    gold = draw.choice(setting.labels, size=n * (1 + UNLABELLED_PER_LABELLED), p=world.gold)
    first = _predictions(world.first, gold, draw)
    second = numpy.where(
        draw.random(n) < COPIED, first[:n], _predictions(world.second, gold[:n], draw)
    )
    whims = draw.random(n) < WHIM
    human = numpy.where(whims, draw.choice(LEVELS, size=n), world.human[gold[:n], first[:n]])
    scores = world.judge[gold, first]
    judged, unlabelled = scores[:n], scores[n:]
    values, counts = numpy.unique(judged, return_counts=True)
    wanted, passed = human >= HUMAN_PASSES, judged >= JUDGE_PASSES
    against_humans = JudgeAgainstHumans(
        int(wanted.sum()),
        int((wanted & passed).sum()),
        int((~wanted).sum()),
        int((~wanted & ~passed).sum()),
    )
    passes = int((unlabelled >= JUDGE_PASSES).sum())
    return [
        mean_interval(values, counts, sample),
        rate_interval(int((gold[:n] == first[:n]).sum()), n),
        compare_scores(judged, world.judge[gold[:n], second]).difference.interval,
        corrected_mean(human, judged, unlabelled).mean.interval,
        corrected_rate(passes, len(unlabelled), against_humans).interval,
    ]


def _predictions(
    model: Floats, gold: NDArray[numpy.int64], draw: numpy.random.Generator
) -> NDArray[numpy.int64]:
    """Return a label for each gold label, drawn from the model's row of it."""
    up_to = numpy.cumsum(model, axis=1)[:, :-1]
    below: NDArray[numpy.int64] = (draw.random(len(gold))[:, None] > up_to[gold]).sum(axis=1)
    return below


def _world(setting: Setting) -> World:
    draw = numpy.random.default_rng(setting.labels)
    gold = 1 / numpy.arange(1, setting.labels + 1)
    gold /= gold.sum()
    same = numpy.eye(setting.labels, dtype=bool)
    related = draw.random(same.shape) < RELATED_SHARE
    logits = JUDGES[setting.judge] * (related - 0.5) + draw.normal(size=same.shape)
    return World(
        gold,
        _model(gold, setting.accuracy),
        _model(gold, setting.accuracy - WORSE),
        numpy.where(same, 1.0, related * 0.5),
        numpy.where(same, 1.0, 0.5 / (1 + numpy.exp(-2 * logits))),
    )


def _model(gold: Floats, accuracy: float) -> Floats:
    """Return the prediction's distribution by gold label; wrong ones are as frequent as in gold."""
    same = numpy.eye(len(gold), dtype=bool)
    wrong = numpy.where(same, 0, gold)
    wrong /= wrong.sum(axis=1, keepdims=True)
    return numpy.where(same, accuracy, (1 - accuracy) * wrong)


def _with_whims(value: float, at_random: float) -> float:
    return (1 - WHIM) * value + WHIM * at_random


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
