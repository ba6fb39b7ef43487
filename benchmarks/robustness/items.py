"""All hostile predictions, generated from templates: the same in every process."""

from collections.abc import Iterator

from benchmarks.robustness.disguises import disguised_items
from benchmarks.robustness.dumps import dump_items
from benchmarks.robustness.injections import injected_items
from benchmarks.robustness.item import Family, Item
from benchmarks.robustness.label_sets import HOSTILE_LABELS
from benchmarks.robustness.lengths import long_items
from benchmarks.robustness.templates import templated_items

FEWEST = 600
FAMILIES: tuple[Family, ...] = (
    templated_items,
    dump_items,
    disguised_items,
    long_items,
    injected_items,
)


def hostile_items() -> tuple[Item, ...]:
    """Return every hostile prediction once.

    Raises:
        AssertionError: There are fewer than `FEWEST`.
    """
    items = tuple(dict.fromkeys(_all()))
    assert len(items) >= FEWEST
    return items


def _all() -> Iterator[Item]:
    for labels in HOSTILE_LABELS:
        for family in FAMILIES:
            yield from family(labels)
