"""What a run must reach, held against what was found."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from evaluator.report.reliability import doubts, lowest_auc
from evaluator.report.summary import (
    CaseCounts,
    Gate,
    GateCheck,
    GateName,
    Interval,
    JudgeSummary,
    Mean,
    Rate,
)
from evaluator.report.wording import counted, told_apart
from evaluator.statistics.intervals import FEWEST_OBSERVATIONS, rate_interval

ROUNDING = 1e-9
"""A mean that is less by no more than this is not less: its sum was rounded."""

NOT_ABSOLUTE = "(no absolute score: the judge is not calibrated)"


@dataclass(frozen=True, slots=True)
class Gates:
    """What a run must reach.

    Attributes:
        max_unscored: Share of unscored cases that is tolerated, 0 to 1.
        fail_under: What the mean relevance score must be, 0 to 1; None for anything.
        min_accuracy: What accuracy must be, 0 to 1; None for anything.
        by_lower_bound: Whether both are held against the lower ends of their 95 % intervals.
        min_judge_auc: What the judge's AUC must surely be, 0 to 1; None for anything.
    """

    max_unscored: float
    fail_under: float | None = None
    min_accuracy: float | None = None
    by_lower_bound: bool = False
    min_judge_auc: float | None = None


def pass_gates(
    gates: Gates, *, cases: CaseCounts, accuracy: Rate, score: Mean, judge: JudgeSummary
) -> Gate:
    """Return whether a run passes, with the number behind every gate that was set."""
    checks = tuple(_checks(gates, cases, accuracy, score, judge))
    return Gate(
        passed=all(one.passed for one in checks),
        too_many_unscored=any(one.name == "max-unscored" and not one.passed for one in checks),
        reasons=tuple(one.phrase for one in checks if not one.passed),
        checks=checks,
    )


def gate_line(gate: Gate) -> str:
    """Return whether the gate passed and why, as one sentence."""
    if gate.passed:
        return f"Gate passed: {'; '.join(one.phrase for one in gate.checks)}."
    return f"Gate failed: {'; '.join(gate.reasons)}."


def _checks(
    gates: Gates, cases: CaseCounts, accuracy: Rate, score: Mean, judge: JudgeSummary
) -> Iterator[GateCheck]:
    if gates.fail_under is not None:
        found = _Measure(
            "the mean relevance score", "judged", score.mean, _score_interval(score), score.n
        )
        check = _at_least("fail-under", gates.fail_under, found, gates.by_lower_bound)
        if judge.calibration == "none":
            check = check.model_copy(update={"phrase": f"{check.phrase} {NOT_ABSOLUTE}"})
        yield check
    if gates.min_accuracy is not None:
        found = _Measure("accuracy", "classified", accuracy.value, accuracy.ci95, cases.classified)
        yield _at_least("min-accuracy", gates.min_accuracy, found, gates.by_lower_bound)
    yield _unscored(cases, gates.max_unscored)
    if gates.min_judge_auc is not None:
        yield _judge_auc(judge, gates.min_judge_auc)


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a model is held to.

    Attributes:
        name: What it is called.
        counts: What a case must be to count.
        value: The measure, 0 to 1; None where no case counts.
        interval: Its 95 % interval, if there is one.
        n: How many cases count.
    """

    name: str
    counts: str
    value: float | None
    interval: Interval | None
    n: int


def _at_least(name: GateName, wanted: float, measured: _Measure, by_lower_bound: bool) -> GateCheck:
    found = measured.value
    if by_lower_bound:
        found = None if measured.interval is None else measured.interval[0]
    passed = found is not None and (
        found >= wanted or math.isclose(found, wanted, rel_tol=0, abs_tol=ROUNDING)
    )
    if measured.value is None:
        phrase = (
            f"no case was {measured.counts}, so that {measured.name} cannot reach --{name} "
            f"{wanted:g}"
        )
    elif found is None:
        phrase = (
            f"{measured.name} is {measured.value:.3f}, but {counted(measured.n, 'case')} are too "
            f"few for a 95 % interval whose lower end could reach --{name} {wanted:g}"
        )
    else:
        verb = "may be as low as" if by_lower_bound else "is"
        side = "no less than" if passed else "less than"
        shown = told_apart(max(found, wanted) if passed else found, wanted)
        phrase = f"{measured.name} {verb} {shown}, {side} --{name} {wanted:g}"
    return GateCheck(name=name, wanted=wanted, found=found, passed=passed, phrase=phrase)


def _score_interval(score: Mean) -> Interval | None:
    """Return the interval of the mean score, also where enough cases all score the same.

    A resampling of equal scores shows no variance. But scores are never negative, so that their
    mean is at least the common score times the share of cases that get it, and that share has an
    interval.
    """
    if score.ci95 is not None or score.mean is None or score.n < FEWEST_OBSERVATIONS:
        return score.ci95
    share = rate_interval(score.n, score.n)
    assert share is not None
    return share[0] * score.mean, 1.0


def _unscored(cases: CaseCounts, wanted: float) -> GateCheck:
    share = cases.unscored / cases.total if cases.total else 0.0
    passed = share <= wanted
    side = "no more than" if passed else "more than"
    return GateCheck(
        name="max-unscored",
        wanted=wanted,
        found=share,
        passed=passed,
        phrase=(
            f"{cases.unscored} of {cases.total} cases are unscored "
            f"({told_apart(share, wanted)}), {side} --max-unscored {wanted:g}"
        ),
    )


def _judge_auc(judge: JudgeSummary, wanted: float) -> GateCheck:
    found = lowest_auc(judge.reliability)
    doubtful = doubts(judge.reliability, wanted)
    phrase = "; ".join(doubtful)
    if found is not None and not doubtful:
        phrase = (
            f"the judge's AUC may be as low as {told_apart(found, wanted)}, no less than "
            f"--min-judge-auc {wanted:g}"
        )
    return GateCheck(
        name="min-judge-auc", wanted=wanted, found=found, passed=not doubtful, phrase=phrase
    )
