"""Predictions that name many labels in the hope that one is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from benchmarks.robustness.halves import Halves
from benchmarks.robustness.item import Drawn, Item, draw
from benchmarks.robustness.label_sets import HostileLabels

FAMILY = "label dumps"
WRONG_FIRST = "label dumps, a wrong one first"


@dataclass(frozen=True, slots=True)
class Dump:
    """How labels are listed.

    Attributes:
        between: What stands between two labels.
        count: How many labels are named; None for all of the set.
        gold: Where the gold label stands.
        before: What begins the list.
        after: What ends it.
    """

    between: str
    count: int | None
    gold: Literal["first", "anywhere", "last"]
    before: str = ""
    after: str = ""


DUMPS = Halves[Dump](
    tuned=(
        Dump(", ", None, "anywhere"),
        Dump("\n", None, "first"),
        Dump(" ", None, "anywhere"),
        Dump("; ", 6, "first"),
        Dump(" | ", 5, "first"),
        Dump(" / ", 4, "first"),
        Dump(" and ", 3, "first"),
        Dump(" or ", 3, "first"),
        Dump("\n- ", 5, "anywhere", before="- "),
        Dump("\n* ", 5, "first", before="* "),
        Dump('", "', 4, "first", before='["', after='"]'),
        Dump(" + ", 4, "first"),
        Dump(" > ", 3, "last"),
        Dump(" #", 5, "first", before="#"),
        Dump("\t", 6, "first"),
        Dump(" & ", 3, "first"),
        Dump("、", None, "anywhere"),
        Dump("・", 4, "first"),
        Dump(". ", 4, "first"),
        Dump("! ", 3, "first"),
        Dump(" -> ", 4, "last"),
        Dump(", ", 3, "first", before="One of: "),
        Dump(", ", 4, "first", before="It could be any of these: "),
        Dump("? ", 4, "last", after="?"),
        Dump(" — ", 4, "first"),
        Dump(" vs. ", 3, "first"),
        Dump(", ", 5, "first", before="Labels: "),
        Dump(" as well as ", 3, "first"),
        Dump("... ", 5, "last"),
        Dump(" ~ ", 4, "first"),
        Dump(" plus ", 3, "last"),
        Dump(",", None, "first"),
        Dump("\n2. ", 4, "first", before="1. "),
        Dump(" (", 3, "first", after="))"),
    ),
    held_out=(
        Dump(" - ", 4, "first"),
        Dump(" versus ", 3, "first"),
        Dump("; or ", 4, "last"),
        Dump(" = ", 3, "first"),
        Dump(", ", 4, "first", before="My guesses, best first: "),
        Dump("\n\n", 6, "anywhere"),
        Dump("\n(b) ", 3, "first", before="(a) "),
    ),
)


def dump_items(labels: HostileLabels) -> Iterator[Item]:
    """Yield lists that hold the gold label, and lists that begin with a wrong one."""
    for half, dump in DUMPS:
        for drawn in draw(FAMILY, labels, str(dump), 2):
            text = _listed(dump, drawn, labels)
            yield Item(FAMILY, labels.name, half, text, drawn.gold, "must-not-pass")
        for drawn in draw(WRONG_FIRST, labels, str(dump), 1):
            text = dump.before + dump.between.join([drawn.wrong, drawn.gold, drawn.other])
            yield Item(
                WRONG_FIRST,
                labels.name,
                half,
                text + dump.after,
                drawn.gold,
                "must-not-gain",
                drawn.wrong,
            )


def _listed(dump: Dump, drawn: Drawn, labels: HostileLabels) -> str:
    chance = Random(f"{labels.name}, {dump}, {drawn.gold}")
    others = [word for word in labels.words if word != drawn.gold]
    words = chance.sample(others, (dump.count or len(labels.words)) - 1)
    place = {"first": 0, "last": len(words), "anywhere": chance.randint(1, len(words))}[dump.gold]
    words.insert(place, drawn.gold)
    return dump.before + dump.between.join(words) + dump.after
