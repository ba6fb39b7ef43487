"""`agreement.json`: what the judge's verdicts have to do with what people say."""

from pydantic import BaseModel, ConfigDict, Field

from evaluator.judge.lock import JudgeLock
from evaluator.report.summary import Interval
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.judge_agreement import JudgeAgreement


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(_Part):
    """A value with its interval at 95 %; each None where there is none. `n` counts its units."""

    value: float | None
    ci95: Interval | None
    n: int


class Measures(_Part):
    """Agreement on some items.

    Attributes:
        n: The items.
        related: Those that people call at least related.
        quadratic_kappa: Of the judge's level and the median rating, -1 to 1.
        krippendorff_alpha: Ordinal, of all raters and the judge, at most 1.
        krippendorff_alpha_of_people: The same without the judge.
        spearman: Of the score and the mean rating, -1 to 1.
        kendall_tau_b: Likewise.
        auc: How often P(related) is higher for a related item than for another, 0 to 1.
        expected_calibration_error: Of P(related), 0 to 1.
        brier: Of P(related), 0 to 1.
    """

    n: int
    related: int
    quadratic_kappa: Measure
    krippendorff_alpha: Measure
    krippendorff_alpha_of_people: Measure
    spearman: Measure
    kendall_tau_b: Measure
    auc: Measure
    expected_calibration_error: Measure
    brier: Measure


class Corrected(_Part):
    """The judge's figure, and what people would say of all cases.

    Attributes:
        by_the_judge: The judge's figure over all scored cases.
        value: The corrected one; None where the labels cannot tell.
        ci95: Its interval.
        method: How it was corrected.
    """

    by_the_judge: float
    value: float | None
    ci95: Interval | None
    method: str


class Correction(_Part):
    """What labels of a random sample say of all cases.

    Attributes:
        labelled: Scored cases with a rating.
        unlabelled: The other scored cases.
        score: The mean score.
        threshold: Score from which a case passes, for the judge and for people.
        pass_rate: The share that passes.
    """

    labelled: int
    unlabelled: int
    score: Corrected
    threshold: float
    pass_rate: Corrected


class FittedCalibration(_Part):
    """The calibration that was fitted to the labels.

    Attributes:
        kind: `platt` or `isotonic`.
        n: Labelled pairs.
        base_rate: Share of them that people call related, 0 to 1.
        file: Where it was written.
    """

    kind: str
    n: int
    base_rate: float
    file: str


class AgreementReport(_Part):
    """The content of `agreement.json`.

    Attributes:
        unit: What was rated: `cases` or `pairs`.
        rated: How many of them have a rating.
        unrated: Rows of the table without one.
        unscored: Rated ones without a verdict.
        raters: The most ratings that one has.
        drawn: How they were chosen: `random`, `uncertain` or unknown.
        judge: The judge lock.
        all_items: Agreement on all that have a verdict.
        judged_items: The same without those that equal texts or a rule decide.
        correction: What random labels say of all cases.
        calibration: The calibration that was saved.
        seed: Seed of the resampling.
    """

    schema_version: int = Field(default=1, ge=1, le=1)
    unit: str
    rated: int
    unrated: int
    unscored: int
    raters: int
    drawn: str | None
    judge: JudgeLock
    all_items: Measures
    judged_items: Measures | None
    correction: Correction | None
    calibration: FittedCalibration | None
    seed: int


def measure(estimate: Estimate) -> Measure:
    """Return an estimate as it is written."""
    return Measure(value=estimate.value, ci95=estimate.interval, n=estimate.n)


def measures(found: JudgeAgreement) -> Measures:
    """Return the agreement on some items as it is written."""
    return Measures(
        n=found.n,
        related=found.related,
        quadratic_kappa=measure(found.kappa),
        krippendorff_alpha=measure(found.alpha),
        krippendorff_alpha_of_people=measure(found.alpha_of_people),
        spearman=measure(found.spearman),
        kendall_tau_b=measure(found.kendall),
        auc=measure(found.auc),
        expected_calibration_error=measure(found.calibration_error),
        brier=measure(found.brier),
    )
