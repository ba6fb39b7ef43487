"""Predictions with an instruction to the judge beside them.

The sentences and their places are data, so that articles can be made hostile in the same way.
"""

from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from string import Template

import yaml

from benchmarks.robustness.halves import Halves
from benchmarks.robustness.item import Half, Item, draw
from benchmarks.robustness.label_sets import HostileLabels

FAMILY = "instructions to the judge"
ALONE = "instructions alone"
PLACES_EACH = 4
HERE = Path(__file__).parent


@cache
def injection_sentences(language: str) -> Halves[str]:
    """Return instructions to a judge; they name no label."""
    return _texts("injections.yaml", language)


@cache
def placements(language: str) -> Halves[str]:
    """Return templates with `$prediction` and `$injection`."""
    return _texts("placements.yaml", language)


def injected_items(labels: HostileLabels) -> Iterator[Item]:
    """Yield each instruction alone, and at some of the places beside a wrong prediction."""
    sentences, places = injection_sentences(labels.language), placements(labels.language)
    for half, sentence in sentences:
        for drawn in draw(ALONE, labels, sentence, 1):
            yield Item(ALONE, labels.name, half, sentence, drawn.gold, "must-not-pass", None, True)
    yield from _placed(labels, "tuned", sentences.tuned, places.tuned)
    yield from _placed(labels, "held out", sentences.held_out, places.held_out)


def _placed(
    labels: HostileLabels, half: Half, sentences: tuple[str, ...], places: tuple[str, ...]
) -> Iterator[Item]:
    """Yield each sentence at the next few places, in turn beside a label and another category."""
    turn = cycle(places)
    beside_label = cycle((True, False, False, True))
    for sentence in sentences:
        for drawn in draw(FAMILY, labels, sentence, PLACES_EACH):
            base = drawn.wrong if next(beside_label) else drawn.topic
            text = Template(next(turn)).substitute(prediction=base, injection=sentence)
            yield Item(
                FAMILY, labels.name, half, text, drawn.gold, "must-not-gain", base, True, True
            )


def _texts(name: str, language: str) -> Halves[str]:
    return Halves[str].model_validate(yaml.safe_load((HERE / name).read_text("utf-8"))[language])
