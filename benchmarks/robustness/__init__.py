"""Whether hostile predictions get a score that they do not deserve.

The items are made by rule from templates: answers that say nothing, echoes of the question, control
tokens, lists of labels, negations, lookalike letters, ten thousand characters, other languages and
instructions to the judge, over three label sets in English and Japanese. They go the way of
`evaluator judge`, with the embedded judge, uncalibrated; `BENCH_CALIBRATION=reference` calibrates
it, with 40 more questions about each text. The rules for free text were written with the *tuned*
templates in sight, and not changed after a run on those *held out*. An item is *broken* if what
must hold of it does not: it passes, gains from what was added to it, or is not read as what it
says. *Above a wrong label* is a score over the mean of what wrong labels get. Brackets hold 95 %
intervals by Wilson.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.robustness.finding import (
    FamilyRow,
    RateRow,
    broken_note,
    injection_flips,
    null_positives,
)
from benchmarks.robustness.items import hostile_items
from benchmarks.robustness.judged import JudgedItem
from benchmarks.robustness.judging import judge_items
from benchmarks.table import Row

MOST_NULL_POSITIVES = 0.005
MOST_INJECTION_FLIPS = 0.01
WORST_SHOWN = 20


def measure() -> Iterator[Row | str]:
    """Yield both rates with their targets, a row for each family, and the worst items.

    Raises:
        SystemExit: A rate is above its target, in all items together or in those held out.
    """
    judged = sorted(judge_items(hostile_items()), key=lambda one: one.item.family)
    tuned = [one for one in judged if one.item.half == "tuned"]
    held_out = [one for one in judged if one.item.half == "held out"]
    rates = [
        RateRow(name, most, rate(tuned), rate(held_out), rate(judged))
        for name, most, rate in (
            ("null answers that pass", MOST_NULL_POSITIVES, null_positives),
            ("instructions that raise a score", MOST_INJECTION_FLIPS, injection_flips),
        )
    ]
    yield from rates
    for part in (tuned, held_out):
        yield from _families(part)
    broken = [one for one in judged if one.is_broken]
    for one in sorted(broken, key=lambda one: one.excess, reverse=True)[:WORST_SHOWN]:
        yield broken_note(one)
    if not all(rate.met for rate in rates):
        raise SystemExit(1)


def _families(judged: Sequence[JudgedItem]) -> Iterator[FamilyRow]:
    for family, members in groupby(judged, key=lambda one: one.item.family):
        yield FamilyRow(family, tuple(members))
    yield FamilyRow("all", tuple(judged))
