"""How well ways of judging tell related words from unrelated ones, with the same weights.

- *ours*: `evaluator judge` with the embedded judge, as it comes; *panel*: together with the
  reading of its embeddings, `--judge embedded --judge embedding`.
- *yes or no*: the same without calibration, the judge's bare probability of yes.
- *embeddings*: the cosine of the weights' own mean-pooled embeddings, less the mean of the
  reference topics'. A cosine is no probability.
- *GEval*: DeepEval's metric, told about the levels on a scale from 0 to 1 as people write it down;
  and *GEval, best steps*, told on the scale from 0 to 10 that it asks for, with the question and
  examples of our rubric. Both before llama.cpp's own OpenAI-compatible server with a grammar for
  the JSON, one order of the words, as DeepEval asks them. These weights copy the prompt's own
  example into their answer, reason and score, for every pair; how GEval does with larger models is
  not measured here.

The sets: the 190 pairs of 20 Newsgroups by plain names, which the prompts were tried on; news
labels that were written before any model was asked about them; and 150 pairs of WordSim-353 with
people's ratings, where related means rated at least as high as half of them. *Subsets* takes 4
labels of 20 Newsgroups at a time as the whole label set, 100 times, such that they have related and
unrelated pairs.

AUC is 0.5 for chance. A pair without a score counts as 0. Intervals are 95 % over 2,000 draws of
labels, since all pairs of a label share what a judge gets wrong about it; for WordSim-353, where
most words are in one pair, they are wider than they need be.
"""

import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pair_quality import (
    PairQuality,
    Scores,
    auc_gain,
    mean_subset_auc,
    pair_quality,
)
from benchmarks.pair_sets import PairSet, pair_sets
from benchmarks.table import Cell, Row
from benchmarks.ways import GEVAL, OURS, PANEL, Ways
from evaluator.statistics.estimate import Estimate

SUBSETS, LABELS_OF_A_SUBSET = 100, 4
SEED = 7

Found = Mapping[str, Mapping[str, Scores]]
"""Scores by the name of the set and by the way of judging."""


@dataclass(frozen=True, slots=True)
class QualityRow:
    """How good one way of judging is on one set."""

    pairs: PairSet
    scores: Scores
    quality: PairQuality

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        found = self.quality
        return {
            "pairs": self.pairs.name,
            "way": self.scores.way,
            "AUC": found.auc,
            "answered": f"{100 * found.answered:.0f} %",
            "AUC, answered": found.auc_of_answered,
            "Spearman": found.spearman,
            "mean, related": found.mean_related,
            "mean, unrelated": found.mean_unrelated,
            "Brier": found.brier,
            "calibration error": found.calibration_error,
        }


@dataclass(frozen=True, slots=True)
class SubsetRow:
    """How good one way of judging is where four labels are the whole set."""

    way: str
    auc: Estimate

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {"way": self.way, f"mean AUC of {SUBSETS} subsets of 4 labels": self.auc}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure against what the design asks for.

    Attributes:
        name: What is asked for.
        measured: The figure.
        bound: The least or the most that it should be.
        at_least: Whether the bound is the least.
    """

    name: str
    measured: Estimate
    bound: float
    at_least: bool = True

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        value = self.measured.value
        met = value is not None and (value >= self.bound if self.at_least else value <= self.bound)
        sign = "≥" if self.at_least else "≤"
        return {
            "target": f"{self.name} {sign} {self.bound:.3g}",
            "measured": self.measured,
            "reached": "yes" if met else "no",
        }


def measure() -> Iterator[Row | str]:
    """Yield a row for each set and way of judging, then those of the subsets and the targets."""
    sets = pair_sets()
    with tempfile.TemporaryDirectory() as folder:
        ways = Ways(Path(folder))
        found = {pairs.name: {one.way: one for one in ways.scores(pairs)} for pairs in sets}
        whole = sets[0]
        chosen = subsets_of(whole)
        subsets = {
            way: mean_subset_auc(
                whole, [(some, ways.in_subset(scores, whole, some)) for some in chosen]
            )
            for way, scores in found[whole.name].items()
        }
    qualities = {
        (pairs.name, scores.way): pair_quality(pairs, scores)
        for pairs in sets
        for scores in found[pairs.name].values()
    }
    for pairs in sets:
        for scores in found[pairs.name].values():
            yield QualityRow(pairs, scores, qualities[pairs.name, scores.way])
    for way, auc in subsets.items():
        yield SubsetRow(way, auc)
    yield from _targets(sets, found, qualities, subsets)
    yield from ways.notes


def subsets_of(pairs: PairSet) -> list[PairSet]:
    """Return random subsets of a set's labels that have related and unrelated pairs."""
    draw = random.Random(SEED)
    chosen: list[PairSet] = []
    while len(chosen) < SUBSETS:
        words = draw.sample(pairs.words, LABELS_OF_A_SUBSET)
        some = pairs.within(words)
        if 0 < some.base_rate < 1:
            chosen.append(some)
    return chosen


def _targets(
    sets: list[PairSet],
    found: Found,
    qualities: Mapping[tuple[str, str], PairQuality],
    subsets: Mapping[str, Estimate],
) -> Iterator[Target]:
    """Yield what the design asks for."""
    tuned, *untuned = sets
    ours = qualities[tuned.name, OURS]
    yield Target(f"AUC on {tuned.name}", ours.auc, 0.80)
    yield Target(f"AUC on {tuned.name}, panel", qualities[tuned.name, PANEL].auc, 0.88)
    yield Target(f"mean AUC of subsets of {tuned.name}", subsets[OURS], 0.78)
    yield Target(f"mean of unrelated pairs of {tuned.name}", ours.mean_unrelated, 0.25, False)
    if ours.brier is not None:
        rate = tuned.base_rate
        name = f"Brier score on {tuned.name}, that of the base rate being"
        yield Target(name, ours.brier, rate * (1 - rate), at_least=False)
    for pairs in untuned:
        for way in (way for way in GEVAL if way in found[pairs.name]):
            gain = auc_gain(pairs, found[pairs.name][OURS], found[pairs.name][way])
            yield Target(f"AUC on {pairs.name} less that of {way}", gain, 0.15)
