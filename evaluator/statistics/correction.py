"""What human labels of a few cases say about the judge's verdicts on all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from evaluator.statistics.bootstrap import Floats
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import FEWEST_OBSERVATIONS, Interval, Z


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """The mean that humans would give to all cases.

    Attributes:
        mean: The mean, 0 to 1; `n` counts the labelled cases.
        error: Its standard error; None without a labelled case.
        tuning: How much the judge is used, from 0, as if there were none, to 1.
    """

    mean: Estimate
    error: float | None
    tuning: float


@dataclass(frozen=True, slots=True)
class JudgeAgainstHumans:
    """How often a judge passes what humans pass, and fails what they fail.

    Attributes:
        human_passes: Cases that humans pass.
        passed_rightly: Those of them that the judge passes.
        human_fails: Cases that humans fail.
        failed_rightly: Those of them that the judge fails.

    Raises:
        ValueError: The judge is right more often than there are cases.
    """

    human_passes: int
    passed_rightly: int
    human_fails: int
    failed_rightly: int

    def __post_init__(self) -> None:
        passes = 0 <= self.passed_rightly <= self.human_passes
        if not (passes and 0 <= self.failed_rightly <= self.human_fails):
            raise ValueError("A judge cannot be right more often than there are cases.")


def corrected_mean(
    human: Sequence[float], judged: Sequence[float], unlabelled: Sequence[float]
) -> CorrectedMean:
    """Return the prediction-powered mean (PPI++: Angelopoulos et al. 2023, arXiv 2311.01453).

    With n labelled and N unlabelled cases it is λ·mean(judge on unlabelled) + mean(human - λ·judge
    on labelled), which is right on average whatever the judge is worth. The tuning λ = Cov(human,
    judge) / ((1 + n/N)·Var(judge)), clipped to 0 and 1, makes its error least.

    The paper's interval is 1.96 errors either way. Where judge and humans seldom differ that is too
    sure, most so where they never do in the sample: for a model that is right in 98 % of cases and
    a judge that guesses in 10 % it holds the truth in 28 % of simulated samples of 20 labels, and
    in 85 % of those of 100. So two labelled cases are added for the interval alone, one of score 0
    and one of 1, for both of which the judge gives its mean, as Agresti and Caffo (2000, Am. Stat.
    54:280) add a success and a failure to a rate: then it is 99 and 97 %.

    Args:
        human: Human scores of a random sample of the cases, 0 to 1, shape (n,).
        judged: The judge's scores of the same cases, 0 to 1, shape (n,).
        unlabelled: The judge's scores of all other cases, 0 to 1, shape (N,).

    Returns:
        The mean; undefined without a labelled case. No interval below ten of them.

    Raises:
        ValueError: The labelled cases' lengths differ, or a score is not from 0 to 1.
    """
    y, f, others = (_scores(values) for values in (human, judged, unlabelled))
    if len(y) != len(f):
        raise ValueError(f"{len(y)} human scores cannot be paired with {len(f)} of the judge.")
    if not len(y):
        return CorrectedMean(Estimate(None, None, 0), None, 0.0)
    value, error, tuning = _prediction_powered(y, f, others)
    interval = None
    if len(y) >= FEWEST_OBSERVATIONS:
        more, unsure = numpy.append(y, [0.0, 1.0]), numpy.append(f, [f.mean(), f.mean()])
        centre, wider, _ = _prediction_powered(more, unsure, others)
        half = Z * wider
        interval = centre - half, centre + half
    return CorrectedMean(_rate(value, interval, len(y)), error, tuning)


def corrected_rate(passed: int, judged: int, judge: JudgeAgainstHumans) -> Estimate:
    """Return the rate that humans would pass, from the judge's (Rogan and Gladen 1978).

    (p + q₀ - 1) / (q₀ + q₁ - 1), clipped to 0 and 1, from the rate p that the judge passes, its
    specificity q₀ and sensitivity q₁ (Am. J. Epidemiol. 107:71; for judges Lee et al. 2025, arXiv
    2511.21140). The interval is of Lang and Reiczigel (2014, Prev. Vet. Med. 113:13),
    which counts the errors of all three: the rate with z²/2 more cases of either outcome, the
    others with one more, and a shift for their skewness.

    Args:
        passed: Cases that the judge passes, 0 to `judged`.
        judged: Cases without a human label that it judged.
        judge: What is known of it from other cases of the same kind.

    Returns:
        The estimate; `n` counts the judged cases. Undefined where a count is missing or the judge
        is no better than chance, q₀ + q₁ ≤ 1. No interval where all of it is outside 0 to 1: then
        the judge does on these cases what it does not on the labelled ones.

    Raises:
        ValueError: `passed` is not from 0 to `judged`.
    """
    if not 0 <= passed <= judged:
        raise ValueError(f"{passed} of {judged} cases cannot pass.")
    if not (judged and judge.human_passes and judge.human_fails):
        return Estimate(None, None, judged)
    sensitivity = judge.passed_rightly / judge.human_passes
    specificity = judge.failed_rightly / judge.human_fails
    if sensitivity + specificity <= 1:
        return Estimate(None, None, judged)
    rate = (passed / judged + specificity - 1) / (sensitivity + specificity - 1)
    return _rate(rate, _lang_reiczigel(passed, judged, judge), judged)


def _scores(values: Sequence[float]) -> Floats:
    scores = numpy.asarray(values, dtype=float)
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("Scores must be from 0 to 1.")
    return scores


def _prediction_powered(y: Floats, f: Floats, others: Floats) -> tuple[float, float, float]:
    """Return the mean, its standard error and the tuning, of at least one labelled case."""
    both = numpy.concatenate([f, others])
    if not len(others) or numpy.ptp(both) == 0:
        return float(y.mean()), float(y.std()) / math.sqrt(len(y)), 0.0
    covariance = float(numpy.mean(y * f) - y.mean() * f.mean())
    scale = (1 + len(y) / len(others)) * float(both.var(ddof=1))
    tuning = min(1.0, max(0.0, covariance / scale))
    mean = tuning * float(others.mean()) + float(numpy.mean(y - tuning * f))
    unlabelled_error = tuning * float(others.std()) / math.sqrt(len(others))
    labelled_error = float(numpy.std(y - tuning * f)) / math.sqrt(len(y))
    return mean, math.hypot(unlabelled_error, labelled_error), tuning


def _lang_reiczigel(passed: int, judged: int, judge: JudgeAgainstHumans) -> Interval | None:
    n, positives, negatives = judged + Z**2, judge.human_passes + 2, judge.human_fails + 2
    p = (passed + Z**2 / 2) / n
    q1, q0 = (judge.passed_rightly + 1) / positives, (judge.failed_rightly + 1) / negatives
    better = q0 + q1 - 1
    if better <= 0:
        return None
    rate = (p + q0 - 1) / better
    sensitivity_error = q1 * (1 - q1) / positives
    specificity_error = q0 * (1 - q0) / negatives
    shift = 2 * Z**2 * (rate * sensitivity_error - (1 - rate) * specificity_error)
    spread = p * (1 - p) / n
    spread += rate**2 * sensitivity_error + (1 - rate) ** 2 * specificity_error
    half = Z * math.sqrt(spread) / better
    return rate + shift - half, rate + shift + half


def _rate(value: float, interval: Interval | None, n: int) -> Estimate:
    """Return an estimate within 0 and 1."""
    if interval is not None and (interval[1] < 0 or interval[0] > 1):
        interval = None
    if interval is not None:
        interval = max(0.0, interval[0]), min(1.0, interval[1])
    return Estimate(min(1.0, max(0.0, value)), interval, n)
