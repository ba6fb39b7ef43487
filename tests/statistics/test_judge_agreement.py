import numpy
import pytest
from scipy import stats
from sklearn.metrics import brier_score_loss, cohen_kappa_score, roc_auc_score

from evaluator.judge.verdict import RISING
from evaluator.statistics.discrimination import pair_auc
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.judge_agreement import judge_agreement
from evaluator.statistics.rated import RatedItem

SCORES = {"unrelated": 0.0, "related": 0.5, "same": 1.0}


def items(n: int, *, labels: bool = False, raters: int = 1) -> list[RatedItem]:
    """Pairs of which people call those with a high P(related) related, mostly."""
    draw = numpy.random.default_rng(n)
    names = [f"label {number}" for number in range(14)]
    pairs = [(one, other) for one in names for other in names if one < other]
    found = []
    for at in range(n):
        p_related = float(draw.uniform())
        people = ["related" if draw.uniform() < p_related else "unrelated" for _ in range(raters)]
        level = "related" if p_related > 0.5 else "unrelated"
        mean = sum(SCORES[one] for one in people) / raters
        pair = pairs[at] if labels else None
        found.append(RatedItem(tuple(people), mean, level, p_related / 2, p_related, False, pair))
    return found


def test_each_measure_is_that_of_the_libraries() -> None:
    rated = items(80)
    found = judge_agreement(rated, seed=3)
    people, judge = [item.human for item in rated], [item.level for item in rated]
    related = [item.related for item in rated]
    p_related = [item.p_related for item in rated]
    human_scores, scores = [item.human_score for item in rated], [item.score for item in rated]
    places = [[RISING.index(level) for level in levels] for levels in (people, judge)]
    assert found.n == 80
    assert found.related == sum(related)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(*places, weights="quadratic"))
    assert found.spearman.value == pytest.approx(stats.spearmanr(human_scores, scores).statistic)
    assert found.kendall.value == pytest.approx(stats.kendalltau(human_scores, scores).statistic)
    assert found.auc.value == pytest.approx(roc_auc_score(related, p_related))
    assert found.brier.value == pytest.approx(brier_score_loss(related, p_related))
    for estimate in (found.kappa, found.alpha, found.spearman, found.kendall, found.auc):
        assert estimate.value is not None
        assert estimate.interval is not None
        assert estimate.interval[0] < estimate.value < estimate.interval[1]


def test_one_rater_alone_agrees_with_nobody() -> None:
    found = judge_agreement(items(40), seed=0)
    assert found.alpha_of_people == Estimate(None, None, 0)
    assert found.alpha.n == 40


def test_several_raters_are_held_against_each_other_and_against_the_judge() -> None:
    found = judge_agreement(items(60, raters=3), seed=0)
    assert found.alpha_of_people.value is not None
    assert found.alpha_of_people.n == found.alpha.n == 60


def test_the_area_of_pairs_knows_that_they_share_labels() -> None:
    rated = items(91, labels=True)
    pairs = [item.labels for item in rated if item.labels is not None]
    p_related, related = [item.p_related for item in rated], [item.related for item in rated]
    found = judge_agreement(rated, seed=5)
    assert found.auc == pair_auc(pairs, p_related, related, 5)
    assert found.auc.n == 14


def test_a_pair_of_a_label_with_itself_takes_the_interval_away() -> None:
    itself = RatedItem(("same",), 1.0, "same", 1.0, 1.0, True, ("label 0", "label 0"))
    found = judge_agreement([*items(30, labels=True), itself], seed=0)
    assert found.auc.value is not None
    assert (found.auc.interval, found.auc.n) == (None, 31)


def test_ratings_that_are_all_equal_leave_most_undefined() -> None:
    alike = [RatedItem(("related",), 0.5, "related", 0.4, 0.8, False)] * 12
    found = judge_agreement(alike, seed=0)
    for estimate in (found.kappa, found.alpha, found.spearman, found.kendall, found.auc):
        assert estimate.value is None
    assert found.brier.value == pytest.approx(0.04)
    assert found.calibration_error.value == pytest.approx(0.2)


def test_one_item_is_enough_for_no_error() -> None:
    found = judge_agreement(items(1), seed=0)
    assert found.n == 1
    assert found.kappa.interval is None
