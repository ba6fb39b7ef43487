"""A first reading of the data: what can be known to be wrong is found before any work."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluator.cases import Case, Cases, changed
from evaluator.cases.shard import Shard
from evaluator.cases.uniqueness import IdDigests
from evaluator.errors import DataUnusable
from evaluator.judge.labels import LabelSet
from evaluator.run.kept_cases import KeptCases

MOST_LABELS_SHOWN = 30
LONGEST_LABEL_SHOWN = 120


@dataclass(frozen=True, slots=True)
class SurveyedCases:
    """Cases that were read once to their end, without fault.

    Attributes:
        cases: The cases.
        count: How many there are.
    """

    cases: Cases
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in source order.

        Raises:
            DataUnusable: They are fewer or more than they were.
        """
        met = 0
        for case in self.cases:
            met += 1
            yield case
        if met != self.count:
            raise changed(self)

    def require_unchanged(self) -> None:
        """Check that the source is still what it was.

        Raises:
            DataUnusable: It is not, or cannot be read any more.
        """
        self.cases.require_unchanged()

    def __str__(self) -> str:
        """Return what messages call the source."""
        return str(self.cases)


@dataclass(frozen=True, slots=True)
class SurveyedShard:
    """The cases of a shard, and where they stand among all.

    Attributes:
        cases: The shard's cases.
        positions: Where they are among the cases of the run, counted from 0, in increasing order.
        total: How many cases the run has.
    """

    cases: SurveyedCases
    positions: Sequence[int]
    total: int


def survey(cases: Cases, labels: LabelSet) -> SurveyedCases:
    """Read all cases and return them counted; 8 bytes a case are kept on the way.

    Raises:
        DataUnusable: The cases cannot be read, an id occurs twice, or a gold label is not among
            the model's, so that it could never be right.
    """
    ids = IdDigests()
    for case in _with_known_gold(cases, labels):
        ids.add(case.id)
    ids.require_unique((case.id for case in cases), str(cases))
    return SurveyedCases(cases, len(ids))


def survey_shard(cases: Cases, labels: LabelSet, shard: Shard, own: KeptCases) -> SurveyedShard:
    """Read all cases once and keep those of a shard; 8 bytes of each of those stay in memory.

    Args:
        cases: All cases of the run.
        labels: The label set.
        shard: Which of them are meant.
        own: Where they are kept; without any yet.

    Raises:
        DataUnusable: The cases cannot be read, an id of the shard occurs twice, or a gold label
            of any case is not among the model's.
        StorageFailed: The disk refuses to keep them.
    """
    ids = IdDigests()
    positions = array("Q")
    total = 0
    for case in _with_known_gold(cases, labels):
        if shard.holds(case.id):
            ids.add(case.id)
            own.add(case)
            positions.append(total)
        total += 1
    ids.require_unique((case.id for case in own), str(cases))
    return SurveyedShard(SurveyedCases(own, len(ids)), positions, total)


def _with_known_gold(cases: Cases, labels: LabelSet) -> Iterator[Case]:
    """Yield the cases; at their end, or at too many, complain of gold labels that are none."""
    unknown: set[str] = set()
    for case in cases:
        yield case
        if labels.resolve(case.gold) is None:
            unknown.add(case.gold[:LONGEST_LABEL_SHOWN])
            if len(unknown) == MOST_LABELS_SHOWN:
                break
    if unknown:
        raise DataUnusable(
            f"the model does not know these gold labels: {', '.join(sorted(unknown))}; "
            f"it knows: {', '.join(labels.names)}."
        )
