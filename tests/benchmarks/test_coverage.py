import numpy
import pytest

from benchmarks.coverage import (
    COPIED,
    INTERVALS,
    LEVELS,
    WHIM,
    Coverage,
    IntervalRow,
    Setting,
    _predictions,
    _world,
)

SETTING = Setting(50, 3, 0.6, "good")


def test_the_truths_are_what_very_many_cases_show() -> None:
    world, n = _world(SETTING), 400_000
    draw = numpy.random.default_rng(0)
    gold = draw.choice(3, size=n, p=world.gold)
    first = _predictions(world.first, gold, draw)
    alone = _predictions(world.second, gold, draw)
    second = numpy.where(draw.random(n) < COPIED, first, alone)
    human = numpy.where(
        draw.random(n) < WHIM, draw.choice(LEVELS, size=n), world.human[gold, first]
    )
    shown = (
        world.judge[gold, first].mean(),
        (gold == first).mean(),
        (world.judge[gold, first] - world.judge[gold, second]).mean(),
        human.mean(),
        (human >= 0.5).mean(),
    )
    assert (alone == gold).mean() == pytest.approx(0.5, abs=0.005)
    # The errors of means of values from 0 to 1 are at most 0.5/√400000 = 0.0008; four of them.
    assert tuple(world.truths.values()) == pytest.approx(shown, abs=0.0032)
    assert tuple(world.truths) == tuple(INTERVALS)


def test_a_row_shows_means_ranges_and_exceptions() -> None:
    found = {
        Setting(20, 3, 0.6, "poor"): Coverage(held=450, given=500),
        Setting(50, 3, 0.6, "poor"): Coverage(held=960, given=1_000),
        Setting(100, 3, 0.6, "poor"): Coverage(held=950, given=1_000),
        Setting(300, 3, 0.6, "poor"): Coverage(held=950, given=1_000),
    }
    row = IntervalRow("accuracy", found)
    assert list(row.cells.values())[1:] == [
        *("90.0 %", "96.0 %", "95.0 %", "95.0 %"),
        *("94.0 %", "90.0 %", "96.0 %", "1 of 4", "12.5 %"),
    ]
    assert row.exceptions == (
        "- Outside of 93 to 97 %, accuracy: 90.0 % at n = 20, 3 labels, 60% right, poor judge."
    )
