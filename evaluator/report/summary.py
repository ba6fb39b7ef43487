"""`summary.json`: the result of a run in numbers."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.errors import DataUnusable
from evaluator.judge.lock import JudgeLock

Interval = tuple[float, float]
GateName = Literal["fail-under", "min-accuracy", "max-unscored", "min-judge-auc"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseCounts(_Part):
    """How many cases reached which stage, and why others did not.

    Attributes:
        total: All cases.
        classified: Those with a prediction.
        judged: Those with a verdict.
        unscored: Those without one.
        by_reason: Unscored cases by the reason why.
        by_verdict: Judged cases by how their verdict came about, as in `Verdict.how`.
        truncated: Cases of which the classifier saw only the beginning.
    """

    total: int
    classified: int
    judged: int
    unscored: int
    by_reason: dict[str, int]
    by_verdict: dict[str, int]
    truncated: int


class Rate(_Part):
    """A share of cases, 0 to 1, with its Wilson interval; None where there is no case."""

    value: float | None
    ci95: Interval | None


class Mean(_Part):
    """A mean over cases, 0 to 1, with its interval; None where there is no case.

    Attributes:
        mean: The mean.
        ci95: Its interval for the choice of cases, given the verdicts.
        n: How many cases.
        method: How the interval was made.
        label_error: Standard error from what the judge gets wrong about single labels, at least 0;
            None where it was not estimated.
    """

    mean: float | None
    ci95: Interval | None
    n: int
    method: str
    label_error: float | None = None


class PassRate(_Part):
    """The share of judged cases that score at least the threshold."""

    threshold: float
    rate: float | None
    ci95: Interval | None


class LabelRow(_Part):
    """One gold label's results; `score` and `error_relevance` are means over its judged cases."""

    label: str
    n: int
    precision: float
    recall: float
    f1: float
    score: float | None
    error_relevance: float | None


class Confusion(_Part):
    """A gold label, and the other label or the text that was predicted for it."""

    gold: str
    predicted: str
    n: int
    score: float | None
    p_related: float | None


class Reliability(_Part):
    """What is known of the judge's quality.

    Attributes:
        order_flip_rate: Share of judgements, on pairs and on texts, whose answer changes with the
            order in which both are named, 0 to 1.
        label_mass: Mean probability that went to the answer words, 0 to 1.
        low_mass_pairs: Judgements with less than half of it.
        unanswered_pairs: Pairs and texts that were asked without an answer.
        sentinel_auc: Share of labels whose other name the judge finds nearer to its own label than
            to another, 0 to 1, 0.5 for chance; None where nobody asked.
        sentinel_auc_ci95: Its Wilson interval.
        sentinels: Labels that were asked so.
        reference_auc: Area under the ROC curve over the reference pairs that are kept from the fit,
            0 to 1; None without a calibration.
        reference_auc_ci95: Its interval.
        reference_pairs: How many they are.
        disagreement: Mean over pairs of how far apart a panel's P(related) are, 0 to 1; None for a
            judge alone.
        lost_questions: Questions of the calibration that the judge failed at, by reason; the next
            start of the command that asked them asks them again.
    """

    order_flip_rate: float | None
    label_mass: float | None
    low_mass_pairs: int
    unanswered_pairs: int
    sentinel_auc: float | None
    sentinel_auc_ci95: Interval | None
    sentinels: int
    reference_auc: float | None
    reference_auc_ci95: Interval | None
    reference_pairs: int
    disagreement: float | None
    lost_questions: dict[str, int] = {}


class Member(JudgeLock):
    """A judge of a panel, and its AUC over the reference pairs that are kept from the fit."""

    reference_auc: float | None


class ArticleJudging(_Part):
    """What is known of the judge's verdicts below articles.

    Attributes:
        tokens: The most tokens of an article that it saw.
        judgements: Distinct articles and pairs that have an answer in both orders.
        order_flip_rate: Share of them whose answer changes with the order, 0 to 1.
        label_mass: Mean probability that went to the answer words, 0 to 1.
    """

    tokens: int
    judgements: int
    order_flip_rate: float | None
    label_mass: float | None


class JudgeSummary(JudgeLock):
    """Which judge, and how far to trust it.

    Attributes:
        calibration: What the judge's logits became probabilities by: the shipped `reference` pairs,
            `labelled` pairs of one's own, or `none`, which leaves them as the judge gave them.
        base_rate: Share of related pairs that the calibration expects, 0 to 1; None without one.
        related_score: Score of a related category, 0 to 1: the most that a miss can get.
        random_relevance: Mean P(related) over all judged pairs, 0 to 1: what misses drawn at random
            would get, and so the yardstick for `error_relevance`; None unless all pairs were asked.
        pairs: Judged pairs of labels.
        texts: Judged texts outside of the label set, each with one gold label.
        members: The judges of a panel; none for a judge alone.
        overridden: Pairs that people decided about instead.
        overrides_sha256: Digest of the file that says so; None where there is none.
        reliability: Diagnostics, of verdicts without articles.
        articles: Diagnostics of verdicts below articles; None where no article was shown.
    """

    calibration: Literal["none", "reference", "labelled"]
    base_rate: float | None
    related_score: float
    random_relevance: float | None
    pairs: int
    texts: int
    members: tuple[Member, ...] = ()
    overridden: int = 0
    overrides_sha256: str | None = None
    reliability: Reliability
    articles: ArticleJudging | None = None


class RunUsage(_Part):
    """What the judge cost over all starts of the run.

    Attributes:
        questions: Questions that the verdicts rest on, those on reference pairs too if this run
            asked them.
        calls: Questions put to the judge at this start.
        cached: Questions answered from the journal or a stored matrix.
        prompt_tokens: Prompt tokens of journaled answers.
        evaluated_tokens: Those computed and not reused; None where the backend does not tell.
        generated_tokens: Generated tokens of journaled answers.
        concurrency: Questions that were in flight at a time when the last one was answered; None
            where nothing was asked.
        outside_gpu: Share of the judge's weights that lay outside of GPU memory at this start, 0 to
            1; None where nothing was asked or the backend does not tell.
    """

    questions: int
    calls: int
    cached: int
    prompt_tokens: int
    evaluated_tokens: int | None
    generated_tokens: int
    concurrency: int | None = Field(default=None, ge=1)
    outside_gpu: float | None = Field(default=None, ge=0, le=1)


class GateCheck(_Part):
    """One gate that was set, held against what was found.

    Attributes:
        name: The option that sets it, without its dashes.
        wanted: What the option says, 0 to 1.
        found: The number held against it, 0 to 1: the measure, or the lower end of its interval
            where that is what counts; None where there is none.
        passed: Whether it suffices.
        phrase: Both in words.
    """

    name: GateName
    wanted: float
    found: float | None
    passed: bool
    phrase: str


class Gate(_Part):
    """Whether the run passes, and why not.

    Attributes:
        passed: Whether it does.
        too_many_unscored: Whether it fails for want of verdicts, and so says little of the model.
        reasons: The phrase of each gate that fails.
        checks: Every gate that was set.
    """

    passed: bool
    too_many_unscored: bool
    reasons: tuple[str, ...]
    checks: tuple[GateCheck, ...]


class Summary(_Part):
    """The content of `summary.json`."""

    schema_version: int = Field(default=1, ge=1, le=1)
    cases: CaseCounts
    accuracy: Rate
    macro_f1: float | None
    score: Mean
    error_relevance: Mean
    pass_: PassRate = Field(alias="pass")
    per_label: tuple[LabelRow, ...]
    confusions: tuple[Confusion, ...]
    judge: JudgeSummary
    usage: RunUsage
    timings: dict[str, float]
    gate: Gate

    def findings(self) -> dict[str, object]:
        """Return everything that must be equal when the same run is done again."""
        return self.model_dump(mode="json", by_alias=True, exclude={"usage", "timings"})


def read_summary(path: Path) -> Summary:
    """Read a `summary.json`.

    Raises:
        DataUnusable: The file is missing or no summary.
    """
    try:
        return Summary.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataUnusable(
            f"{path} is not a readable summary; run its command again, which writes it anew."
        ) from error
