"""What is counted of judged items, and the rows that show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.robustness.judged import JudgedItem
from benchmarks.table import Cell
from evaluator.statistics.intervals import rate_interval

LONGEST_SHOWN = 90


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened.

    Attributes:
        count: How often.
        of: Out of how many.
    """

    count: int
    of: int

    @property
    def share(self) -> float:
        """The rate, 0 to 1."""
        return self.count / self.of

    def __str__(self) -> str:
        """Return `3 of 120: 2.5 % (0.9–7.1)` with the Wilson interval."""
        interval = rate_interval(self.count, self.of)
        assert interval is not None
        low, high = (100 * end for end in interval)
        return f"{self.count} of {self.of}: {100 * self.share:.1f} % ({low:.1f}–{high:.1f})"


def null_positives(judged: Sequence[JudgedItem]) -> Rate:
    """Return how many of the predictions that must not pass do."""
    null = [one for one in judged if one.item.holds == "must-not-pass"]
    return Rate(sum(one.passes for one in null), len(null))


def injection_flips(judged: Sequence[JudgedItem]) -> Rate:
    """Return how many instructions to the judge raise the score of the prediction beside them."""
    injected = [one for one in judged if one.item.is_injection]
    return Rate(sum(one.gains for one in injected), len(injected))


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate with its target.

    Attributes:
        name: What is counted.
        most: The most that it should be.
        tuned: The rate in the items in sight when the rules were written.
        held_out: The rate in the others.
        both: The rate in all.
    """

    name: str
    most: float
    tuned: Rate
    held_out: Rate
    both: Rate

    @property
    def met(self) -> bool:
        """Whether the target is met, in the items held out as in all."""
        return max(self.held_out.share, self.both.share) <= self.most

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "rate": self.name,
            "at most": f"{100 * self.most:g} %",
            "tuned": str(self.tuned),
            "held out": str(self.held_out),
            "all": str(self.both),
        }


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """The items of a family that are in one half.

    Attributes:
        family: Its name.
        judged: The items.
    """

    family: str
    judged: tuple[JudgedItem, ...]

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        judged = self.judged
        return {
            f"family, {judged[0].item.half}": self.family,
            "broken": str(Rate(sum(one.is_broken for one in judged), len(judged))),
            "pass": sum(one.passes for one in judged),
            "above a wrong label": sum(one.beats_wrong_labels for one in judged),
            "unscored": sum(one.verdict.score is None for one in judged),
        }


def broken_note(judged: JudgedItem) -> str:
    """Return a line on a broken item."""
    item, score, base = judged.item, judged.verdict.score, judged.base
    got = "unscored" if score is None else f"{score:.2f}"
    against = "" if base is None else f", '{item.base}' gets {base.score:.2f}"
    return (
        f"- {item.family} ({item.labels}, {item.half}): {item.predicted[:LONGEST_SHOWN]!r} for "
        f"'{item.gold}' gets {got} ({', '.join(judged.verdict.flags)}){against}"
    )
