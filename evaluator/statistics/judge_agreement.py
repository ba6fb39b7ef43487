"""How far a judge agrees with people."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.judge.verdict import RISING
from evaluator.statistics.agreement import krippendorff_alpha, quadratic_kappa
from evaluator.statistics.brier import brier_score
from evaluator.statistics.calibration_error import expected_calibration_error
from evaluator.statistics.discrimination import item_auc, pair_auc
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.rank_correlation import kendall, spearman
from evaluator.statistics.rated import RatedItem, ratings_of


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """What the verdicts on some items have to do with people's ratings of them.

    Attributes:
        n: The items.
        related: How many of them people call at least related.
        kappa: Quadratic kappa of the judge's level and the median rating.
        alpha: Krippendorff's ordinal alpha of all raters and the judge.
        alpha_of_people: The same without the judge; undefined where nobody rated what another did.
        spearman: Rank correlation of the score with the mean rating.
        kendall: Tau-b of the same.
        auc: How often P(related) is higher for a related item than for an unrelated one.
        calibration_error: Expected calibration error of P(related).
        brier: Brier score of P(related).
    """

    n: int
    related: int
    kappa: Estimate
    alpha: Estimate
    alpha_of_people: Estimate
    spearman: Estimate
    kendall: Estimate
    auc: Estimate
    calibration_error: Estimate
    brier: Estimate


def judge_agreement(items: Sequence[RatedItem], seed: int) -> JudgeAgreement:
    """Return how far the judge agrees with people on some items.

    Args:
        items: All of them cases or all pairs, at least one.
        seed: Seed of the resampling.
    """
    people = [item.human_score for item in items]
    scores = [item.score for item in items]
    probabilities = [item.p_related for item in items]
    related = [item.related for item in items]
    return JudgeAgreement(
        n=len(items),
        related=sum(related),
        kappa=quadratic_kappa(
            [item.human for item in items], [item.level for item in items], RISING, seed
        ),
        alpha=krippendorff_alpha(ratings_of(items, with_judge=True), "ordinal", seed),
        alpha_of_people=krippendorff_alpha(ratings_of(items, with_judge=False), "ordinal", seed),
        spearman=spearman(people, scores, seed),
        kendall=kendall(people, scores, seed),
        auc=_auc(items, seed),
        calibration_error=expected_calibration_error(probabilities, related, seed).error,
        brier=brier_score(probabilities, related, seed).score,
    )


def _auc(items: Sequence[RatedItem], seed: int) -> Estimate:
    """Return the area, for pairs with an interval that knows that they share labels.

    A pair of one label with itself shares it with too many: then there is no interval.
    """
    probabilities = [item.p_related for item in items]
    related = [item.related for item in items]
    pairs = [item.labels for item in items if item.labels is not None]
    if not pairs:
        return item_auc(probabilities, related)
    if any(one == other for one, other in pairs):
        return Estimate(item_auc(probabilities, related).value, None, len(items))
    return pair_auc(pairs, probabilities, related, seed)
