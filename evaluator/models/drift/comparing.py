"""The measures between two judges' opinions."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelPair
from evaluator.judge.references import References
from evaluator.models.drift.opinions import Opinions
from evaluator.models.drift.report import (
    Cost,
    DriftReport,
    Expected,
    Finding,
    JudgeSide,
    KnownPairs,
)
from evaluator.report.agreement import Measure
from evaluator.statistics.agreement import quadratic_kappa
from evaluator.statistics.discrimination import item_auc, pair_auc
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import rate_interval
from evaluator.statistics.rank_correlation import kendall, spearman
from evaluator.statistics.shared_labels import pair_auc_difference, pair_mean

LEVELS = ("unrelated", "related")
LEAST_COST, MOST_COST = 0.02, 0.05
"""Of the verdicts: what quantization to four bits is said to cost."""

UNKNOWN = Measure(value=None, ci95=None, n=0)


@dataclass(frozen=True, slots=True)
class Contestant:
    """One of the two judges.

    Attributes:
        name: As it was named.
        opinions: What it says.
        cost: What it takes.
    """

    name: str
    opinions: Opinions
    cost: Cost


def drift_between(
    first: Contestant,
    second: Contestant,
    wanted: Sequence[LabelPair],
    references: References,
    *,
    on: str,
    seed: int,
) -> DriftReport:
    """Return how far two judges are apart.

    Args:
        first: One judge.
        second: The other.
        wanted: The pairs that both were to judge.
        references: Pairs with known answers.
        on: What the pairs are, in words.
        seed: Seed of the resampling.

    Raises:
        ConfigError: There is no pair that both have a verdict on.
    """
    common = _judged_by_both(first, second, wanted)
    one, other = first.opinions.pairs, second.opinions.pairs
    named = [(pair.first, pair.second) for pair in common]
    same = [one[pair].verdict == other[pair].verdict for pair in common]
    apart = [abs(one[pair].p_related - other[pair].p_related) for pair in common]
    logits, other_logits = ([said[pair].logit for pair in common] for said in (one, other))
    verdicts, other_verdicts = ([said[pair].verdict for pair in common] for said in (one, other))
    agreement = Estimate(sum(same) / len(same), rate_interval(sum(same), len(same)), len(same))
    by_label = pair_mean(named, [float(is_same) for is_same in same], seed)
    known = {LabelPair(pair.first, pair.second): pair.related for pair in references.pairs}
    return DriftReport(
        on=on,
        pairs=len(common),
        labels=len({label for pair in named for label in pair}),
        judges=(_side(first, wanted, known, seed), _side(second, wanted, known, seed)),
        same_verdict=_measure(agreement),
        same_verdict_by_label=_measure(by_label),
        kappa=_measure(quadratic_kappa(verdicts, other_verdicts, LEVELS, seed)),
        spearman=_measure(spearman(logits, other_logits, seed)),
        kendall=_measure(kendall(logits, other_logits, seed)),
        mean_difference=_measure(pair_mean(named, apart, seed)),
        auc_difference=_auc_difference(first.opinions, second.opinions, known, seed),
        expected=expectation(agreement, by_label),
        seed=seed,
    )


def _judged_by_both(
    first: Contestant, second: Contestant, wanted: Sequence[LabelPair]
) -> list[LabelPair]:
    one, other = first.opinions.pairs, second.opinions.pairs
    common = [pair for pair in wanted if pair in one and pair in other]
    if not common:
        raise ConfigError(
            f"{first.name} and {second.name} have a verdict on no pair in common; give both the "
            "same labels."
        )
    return common


def expectation(agreement: Estimate, by_label: Estimate) -> Expected:
    """Return what the share of changed verdicts says about the usual expectation.

    Args:
        agreement: The share of same verdicts, with the interval over pairs that there always is.
        by_label: The same, with an interval over labels where there is one.
    """
    intervals = [one.interval for one in (agreement, by_label) if one.interval is not None]
    low, high = max(intervals, key=lambda one: one[1] - one[0])
    changed = (1 - high, 1 - low)
    return Expected(changed=changed, low=LEAST_COST, high=MOST_COST, finding=finding(*changed))


def finding(low: float, high: float) -> Finding:
    """Return where an interval of the share of changed verdicts lies."""
    if high < LEAST_COST:
        return "below"
    if low > MOST_COST:
        return "above"
    return "within" if low >= LEAST_COST and high <= MOST_COST else "undecided"


def _side(
    judge: Contestant, wanted: Sequence[LabelPair], known: dict[LabelPair, bool], seed: int
) -> JudgeSide:
    opinions = judge.opinions
    return JudgeSide(
        name=judge.name,
        lock=opinions.lock,
        auc=_auc(opinions, known, seed),
        auc_on=_auc_on(opinions),
        fitted=opinions.is_fitted,
        discriminates=opinions.discriminates,
        unanswered=sum(pair not in opinions.pairs for pair in wanted),
        cost=judge.cost,
    )


def _auc_on(opinions: Opinions) -> KnownPairs | None:
    if opinions.checked:
        return "held-out"
    return "all" if opinions.references else None


def _auc(opinions: Opinions, known: dict[LabelPair, bool], seed: int) -> Measure:
    if opinions.checked:
        logits = [one.centred_logit for one in opinions.checked]
        return _measure(item_auc(logits, [one.related for one in opinions.checked]))
    pairs = list(opinions.references)
    if not pairs:
        return UNKNOWN
    return _measure(
        pair_auc(
            [(pair.first, pair.second) for pair in pairs],
            [opinions.references[pair] for pair in pairs],
            [known[pair] for pair in pairs],
            seed,
        )
    )


def _auc_difference(
    first: Opinions, second: Opinions, known: dict[LabelPair, bool], seed: int
) -> Measure:
    common = [pair for pair in first.references if pair in second.references]
    if not common:
        return UNKNOWN
    return _measure(
        pair_auc_difference(
            [(pair.first, pair.second) for pair in common],
            [first.references[pair] for pair in common],
            [second.references[pair] for pair in common],
            [known[pair] for pair in common],
            seed,
        )
    )


def _measure(estimate: Estimate) -> Measure:
    return Measure(value=estimate.value, ci95=estimate.interval, n=estimate.n)
