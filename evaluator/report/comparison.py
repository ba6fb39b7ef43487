"""What `evaluator compare` finds, as its JSON holds it and its reports show it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluator.judge.lock import JudgeLock
from evaluator.report.agreement import Measure
from evaluator.report.summary import CaseCounts, Mean, Rate

SIGNIFICANT = 0.05
POINTS_TO_SEE = 0.03

Conclusion = Literal["better", "worse", "mixed", "no-evidence"]
MeasureName = Literal["accuracy", "relevance"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ComparedRun(_Part):
    """A run that is compared, with its own figures over all of its cases.

    Attributes:
        letter: `A` for the first, which the others are held against; `B` and so on.
        name: The end of its path that tells it from the others.
        path: Its directory as it was named.
        command: The command that made it: `run` or `judge`.
        source: The model under test, or the file of predictions.
        cases: How many cases reached which stage.
        accuracy: Share of right predictions.
        macro_f1: Mean F1 over the labels that occur.
        score: The mean score.
        error_relevance: How near the misses are; of other cases in each run, so not compared.
    """

    letter: str
    name: str
    path: str
    command: str
    source: str
    cases: CaseCounts
    accuracy: Rate
    macro_f1: float | None
    score: Mean
    error_relevance: Mean


class Missing(_Part):
    """Cases that lack what a measure needs, in the first run and in the second; some in both."""

    first: int
    second: int


class RateChange(_Part):
    """How the share of right predictions changes from the first run to the second.

    Attributes:
        n: Cases with a prediction in both runs.
        missing: Cases without one.
        first: The first run's rate over those n, 0 to 1; None without a case.
        second: The second one's.
        difference: The second less the first, with its paired interval.
        only_first: Cases that only the first gets right.
        only_second: Cases that only the second gets right.
        discordance: The share of both in n, 0 to 1; None without a case.
        p_value: Of McNemar's exact test.
        adjusted_p: The same by Holm's adjustment: for both measures of all runs, or for all labels.
    """

    n: int
    missing: Missing
    first: float | None
    second: float | None
    difference: Measure
    only_first: int
    only_second: int
    discordance: float | None
    p_value: float
    adjusted_p: float


class ScoreChange(_Part):
    """How the mean score changes from the first run to the second.

    Attributes:
        n: Cases with a verdict in both runs.
        missing: Cases without one.
        first: The first run's mean score over those n, 0 to 1; None without a case.
        second: The second one's.
        difference: The second less the first, with its paired interval.
        p_value: Of no difference; None below ten cases.
        adjusted_p: The same by Holm's adjustment for both measures of all runs.
    """

    n: int
    missing: Missing
    first: float | None
    second: float | None
    difference: Measure
    p_value: float | None
    adjusted_p: float | None


class LabelChange(_Part):
    """What changes for the cases of one gold label.

    Attributes:
        label: The gold label.
        recall: Share of them that is predicted right; its p-value is adjusted for all labels.
        first_score: The first run's mean score over those with a verdict in both runs, 0 to 1.
        second_score: The second one's.
    """

    label: str
    recall: RateChange
    first_score: float | None
    second_score: float | None


class FlippedCase(_Part):
    """A case that one run gets right and the other wrong.

    Attributes:
        id: The case's id.
        gold: Its gold label.
        first_predicted: What the first run predicts.
        second_predicted: What the second one does.
        first_score: The first run's score, 0 to 1; None where the case is unscored.
        second_score: The second one's.
        excerpt: How the article begins; None where the runs hold no articles.
    """

    id: str
    gold: str
    first_predicted: str
    second_predicted: str
    first_score: float | None
    second_score: float | None
    excerpt: str | None


class Flips(_Part):
    """Cases that flipped one way, those listed by how much the score changes, most first."""

    total: int
    listed: tuple[FlippedCase, ...]


class VerdictsApart(_Part):
    """In what the judge's verdicts differ between two runs, although it is the same judge.

    Attributes:
        pairs: Pairs of labels, and texts with a label, that were judged in both runs.
        apart: Those whose probabilities differ.
        largest_gap: By how much at most, 0 to 1.
        cases: Cases with the same prediction in both runs and with different scores.
    """

    pairs: int
    apart: int
    largest_gap: float
    cases: int


class Comparison(_Part):
    """One run held against the first.

    Attributes:
        letter: Which run, the second one of this comparison.
        conclusion: Whether it is better than the first.
        better_in: Measures in which it is, at the 5 % level after Holm's adjustment.
        worse_in: Measures in which it is worse, likewise.
        accuracy: The change in accuracy.
        relevance: The change in the mean score.
        probability_more_accurate: Share of resamples of the cases in which the second run is right
            more often, ties half, 0 to 1; None below ten cases.
        probability_more_relevant: The same of a higher mean score.
        cases_needed: Cases that would show 3 points of accuracy with 80 % power at the present
            discordance; None where fewer cases are discordant than would make 3 points.
        labels: What changes for each gold label, most first.
        lost: Cases that the first run gets right and the second wrong.
        gained: Cases that the second gets right and the first wrong.
        verdicts_apart: In what the judge differs between both runs.
    """

    letter: str
    conclusion: Conclusion
    better_in: tuple[MeasureName, ...]
    worse_in: tuple[MeasureName, ...]
    accuracy: RateChange
    relevance: ScoreChange
    probability_more_accurate: float | None
    probability_more_relevant: float | None
    cases_needed: int | None
    labels: tuple[LabelChange, ...]
    lost: Flips
    gained: Flips
    verdicts_apart: VerdictsApart


class ComparisonReport(_Part):
    """The content of `--output FILE.json`.

    Attributes:
        runs: What is compared, the baseline first.
        judge: The judge lock, which all runs share.
        calibration: How its logits became probabilities, as in `summary.json`.
        base_rate: Share of related pairs that the calibration expects, 0 to 1.
        comparisons: Each further run against the first.
        seed: Seed of the resampling.
    """

    schema_version: int = Field(default=1, ge=1, le=1)
    runs: tuple[ComparedRun, ...]
    judge: JudgeLock
    calibration: Literal["none", "reference", "labelled"]
    base_rate: float | None
    comparisons: tuple[Comparison, ...]
    seed: int

    @property
    def baseline(self) -> ComparedRun:
        """The run that the others are held against."""
        return self.runs[0]

    @property
    def regressed(self) -> tuple[Comparison, ...]:
        """The comparisons in which a run is worse than the first in anything."""
        return tuple(one for one in self.comparisons if one.worse_in)


def conclusion_of(
    accuracy: RateChange, relevance: ScoreChange
) -> tuple[Conclusion, tuple[MeasureName, ...], tuple[MeasureName, ...]]:
    """Return whether a run is better than the first, in which measures, and in which it is worse.

    A measure counts where its adjusted p-value is below 5 %.
    """
    better: list[MeasureName] = []
    worse: list[MeasureName] = []
    changes: dict[MeasureName, RateChange | ScoreChange] = {
        "accuracy": accuracy,
        "relevance": relevance,
    }
    for name, change in changes.items():
        if change.adjusted_p is not None and change.adjusted_p < SIGNIFICANT:
            (better if (change.difference.value or 0.0) > 0 else worse).append(name)
    conclusion: Conclusion = "no-evidence"
    if better and worse:
        conclusion = "mixed"
    elif better or worse:
        conclusion = "better" if better else "worse"
    return conclusion, tuple(better), tuple(worse)
