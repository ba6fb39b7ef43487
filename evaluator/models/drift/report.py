"""What came of holding one judge against another."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluator.judge.lock import JudgeLock
from evaluator.report.agreement import Measure
from evaluator.report.summary import Interval

Finding = Literal["below", "within", "above", "undecided"]
KnownPairs = Literal["all", "held-out"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cost(_Part):
    """What a judge takes; each None where nobody tells.

    Attributes:
        questions_per_second: Of all its blocks together, without loading.
        blocks: The same of each block of questions, in turns with the other judge's.
        loaded: Bytes that its server has loaded of it.
        stored: Bytes on its disk.
    """

    questions_per_second: float | None = None
    blocks: tuple[float, ...] = ()
    loaded: int | None = None
    stored: int | None = None


class JudgeSide(_Part):
    """One of the judges.

    Attributes:
        name: As it was named.
        lock: Which judge that is.
        auc: How often it calls a related reference pair more related than an unrelated one.
        auc_on: Over which of the reference pairs: `all` that it answered, or for verdicts that were
            kept those `held-out` from its calibration; None where there is no AUC.
        fitted: Whether its probabilities come from a calibration.
        discriminates: Whether it tells related reference pairs from others; None if not known.
        unanswered: Pairs that it has no verdict on.
        cost: What it takes.
    """

    name: str
    lock: JudgeLock
    auc: Measure
    auc_on: KnownPairs | None
    fitted: bool
    discriminates: bool | None
    unanswered: int
    cost: Cost


class Expected(_Part):
    """Whether the share of changed verdicts is what quantization is said to cost.

    Attributes:
        changed: Interval at 95 % of that share: the wider of the two over pairs and over labels.
        low: The least that it is said to cost.
        high: The most.
        finding: `within` where the whole interval is, `below` or `above` where all of it is, else
            `undecided`.
    """

    changed: Interval
    low: float
    high: float
    finding: Finding


class DriftReport(_Part):
    """How far two judges are apart.

    Attributes:
        schema_version: Version of this document's shape.
        on: What they were held against each other on.
        pairs: Pairs that both have a verdict on.
        labels: Labels in those pairs.
        judges: The first judge and the second.
        same_verdict: Share of the pairs with the same verdict; the interval is Wilson's.
        same_verdict_by_label: The same with an interval over labels, which pairs share.
        kappa: Agreement of the verdicts beyond chance.
        spearman: Rank correlation of the logits.
        kendall: Tau-b of the same.
        mean_difference: Mean absolute difference of P(related), with an interval over labels.
        auc_difference: The second's AUC less the first's, on the same reference pairs; without a
            value where verdicts were kept, for these do not say which pair is which.
        expected: What the changed verdicts say about the usual expectation.
        seed: Seed of the resampling.
    """

    schema_version: Literal[1] = 1
    on: str
    pairs: int
    labels: int
    judges: tuple[JudgeSide, JudgeSide]
    same_verdict: Measure
    same_verdict_by_label: Measure
    kappa: Measure
    spearman: Measure
    kendall: Measure
    mean_difference: Measure
    auc_difference: Measure
    expected: Expected
    seed: int
