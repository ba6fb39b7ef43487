"""A hostile prediction, and what must hold of its score."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from benchmarks.robustness.label_sets import HostileLabels

Holds = Literal["must-not-pass", "must-not-gain", "must-equal"]
Half = Literal["tuned", "held out"]


@dataclass(frozen=True, slots=True)
class Item:
    """A hostile prediction.

    Attributes:
        family: What kind of hostility it is.
        labels: Name of the label set.
        half: Whether rules were written with what it was made from in sight.
        predicted: The prediction.
        gold: The gold label.
        holds: `must-not-pass`: its score stays below the threshold; `must-not-gain`: it scores at
            most a tenth more than `base`; `must-equal`: it scores as `base`.
        base: The prediction that it is compared with; None where it must not pass.
        unscored_allowed: Whether it may be left without a score.
        is_injection: Whether it is `base` with an instruction to the judge added.
    """

    family: str
    labels: str
    half: Half
    predicted: str
    gold: str
    holds: Holds
    base: str | None = None
    unscored_allowed: bool = False
    is_injection: bool = False


Family = Callable[[HostileLabels], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Labels drawn for an item.

    Attributes:
        gold: The gold label, as its plain name.
        wrong: Another label.
        other: A third one.
        topic: A category that is in no label set.
    """

    gold: str
    wrong: str
    other: str
    topic: str


def draw(family: str, labels: HostileLabels, template: str, count: int) -> Iterator[Drawn]:
    """Yield draws of labels without replacement, the same in every process."""
    chance = Random(f"{family}, {labels.name}, {template}")
    for gold in chance.sample(labels.words, count):
        wrong, other = chance.sample([word for word in labels.words if word != gold], 2)
        yield Drawn(gold, wrong, other, chance.choice(labels.topics))
