import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.statistics.correction import (
    CorrectedMean,
    JudgeAgainstHumans,
    corrected_mean,
    corrected_rate,
)
from evaluator.statistics.estimate import Estimate

SCORE = st.integers(0, 10).map(lambda number: number / 10)
LABELLED = st.lists(st.tuples(SCORE, SCORE), min_size=1, max_size=30)
Labelled = list[tuple[float, float]]

HUMAN = [1, 1, 0.5, 0, 1, 0, 1, 0.5, 1, 1, 0, 1]
JUDGED = [0.9, 0.8, 0.6, 0.3, 1, 0.1, 0.7, 0.2, 0.9, 0.4, 0.5, 1]
UNLABELLED = [
    *[0.9, 0.2, 0.7, 0.8, 1, 0.1, 0.6, 0.9, 0.3, 0.8],
    *[0.5, 0.9, 0.7, 0.4, 0.95, 0.05, 0.85, 0.65, 0.75, 0.15],
]


def paper_interval(found: CorrectedMean) -> tuple[float, float]:
    assert found.mean.value is not None
    assert found.error is not None
    half = 1.959963984540054 * found.error
    return found.mean.value - half, found.mean.value + half


def test_the_mean_and_its_error_are_those_of_ppi_python() -> None:
    # ppi-python 0.2.3: ppi_mean_pointestimate(Y, Yhat, Yhat_unlabeled) and ppi_mean_ci(Y, Yhat,
    # Yhat_unlabeled, alpha=0.05), which tune and clip by themselves.
    found = corrected_mean(HUMAN, JUDGED, UNLABELLED)
    assert found.mean.value == pytest.approx(0.66232138)
    assert paper_interval(found) == pytest.approx((0.47003921, 0.85460355))
    assert found.mean.n == 12
    # A judge that always says the opposite is tuned to 0 there and here.
    opposite = corrected_mean([1 - one for one in JUDGED[:10]], JUDGED[:10], UNLABELLED)
    assert opposite.mean.value == pytest.approx(0.41)
    assert paper_interval(opposite) == pytest.approx((0.22108957, 0.59891043))
    assert opposite.tuning == 0
    # And one that is always right.
    right = corrected_mean(HUMAN, HUMAN, UNLABELLED)
    assert right.mean.value == pytest.approx(0.61690577)
    assert paper_interval(right) == pytest.approx((0.49800852, 0.73580303))


def test_the_interval_is_ppi_pythons_of_two_more_labels() -> None:
    # As above, with Y ending in 0 and 1 more, and Yhat in twice its mean.
    found = corrected_mean(HUMAN, JUDGED, UNLABELLED)
    assert found.mean.interval == pytest.approx((0.43980319, 0.83844799))
    opposite = corrected_mean([1 - one for one in JUDGED[:10]], JUDGED[:10], UNLABELLED)
    assert opposite.mean.interval == pytest.approx((0.22883354, 0.62116646))


def test_the_mean_by_hand() -> None:
    # Labelled (human, judge): (1, 1), (0, 0), (1, 0.5), (0, 0.5), of covariance (1 + 0.5)/4 -
    # 0.5·0.5 = 0.125. Twelve others, four each of 1, 0.5 and 0: of all sixteen five are 1, five 0
    # and six 0.5, of variance 10·0.25/15 = 1/6. With n/N = 1/3, λ is 0.125/(4/3·1/6) = 0.5625.
    found = corrected_mean([1, 0, 1, 0], [1, 0, 0.5, 0.5], [1, 0.5, 0] * 4)
    assert found.tuning == pytest.approx(0.5625)
    # The judge's mean is 0.5 on both sides, so that nothing is corrected. The error: of human - λ·
    # judge, 0.4375, 0, 0.71875 and -0.28125, variance 0.14893, over 4; of the others 1/6, over 12,
    # times 0.5625².
    assert found.mean == Estimate(pytest.approx(0.5), None, 4)
    assert found.error == pytest.approx(math.sqrt(0.148926 / 4 + 0.316406 / 72), abs=1e-5)
    # Others of mean 0.5 + 1/12 move the mean by λ times that.
    moved = corrected_mean([1, 0, 1, 0], [1, 0, 0.5, 0.5], [1, 0.75, 0] * 4)
    assert moved.mean.value == pytest.approx(0.5 + moved.tuning / 12)


@given(labelled=LABELLED, others=st.lists(SCORE, max_size=30))
@searching
def test_the_mean_is_within_its_interval_and_that_within_0_and_1(
    labelled: Labelled, others: list[float]
) -> None:
    human, judged = [one for one, _ in labelled], [other for _, other in labelled]
    found = corrected_mean(human, judged, others)
    assert 0 <= found.tuning <= 1
    assert found.mean.value is not None
    assert found.error is not None
    assert 0 <= found.mean.value <= 1
    assert 0 <= found.error <= 0.71
    assert (found.mean.interval is None) == (len(labelled) < 10)
    if found.mean.interval is not None:
        low, high = found.mean.interval
        assert 0 <= low <= found.mean.value <= high <= 1
    # What order the cases come in does not matter.
    turned = corrected_mean(human[::-1], judged[::-1], others[::-1])
    assert turned.mean.value == pytest.approx(found.mean.value)
    assert turned.error == pytest.approx(found.error)
    assert turned.tuning == pytest.approx(found.tuning)


@given(labelled=LABELLED, others=st.lists(SCORE, max_size=30))
@searching
def test_penalties_are_corrected_as_scores_are(labelled: Labelled, others: list[float]) -> None:
    human, judged = [one for one, _ in labelled], [other for _, other in labelled]
    found = corrected_mean(human, judged, others)
    turned = corrected_mean(
        [1 - one for one in human], [1 - one for one in judged], [1 - one for one in others]
    )
    assert found.mean.value is not None
    assert turned.mean.value == pytest.approx(1 - found.mean.value)
    assert turned.error == pytest.approx(found.error, abs=1e-9)
    if found.mean.interval is not None:
        low, high = found.mean.interval
        assert turned.mean.interval == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(labelled=LABELLED, constant=SCORE)
@searching
def test_a_judge_that_says_nothing_leaves_the_mean_of_the_labels(
    labelled: Labelled, constant: float
) -> None:
    human = [one for one, _ in labelled]
    for judged, others in (([constant] * len(human), [constant] * 9), (human, [])):
        found = corrected_mean(human, judged, others)
        assert found.tuning == 0
        assert found.mean.value == pytest.approx(sum(human) / len(human))
        assert found.error == pytest.approx(numpy.std(human) / math.sqrt(len(human)))


def test_there_is_no_mean_without_a_label_and_no_interval_of_few() -> None:
    assert corrected_mean([], [], [0.5]) == CorrectedMean(Estimate(None, None, 0), None, 0.0)
    assert corrected_mean(HUMAN[:9], JUDGED[:9], UNLABELLED).mean.interval is None
    assert corrected_mean(HUMAN[:10], JUDGED[:10], UNLABELLED).mean.interval is not None


def test_labels_that_are_all_equal_are_not_taken_for_certainty() -> None:
    found = corrected_mean([1.0] * 18, [0.5] * 18, [])
    # The mean of twenty, nineteen times 1: 0.95 ± 1.96·√(0.95·0.05/20).
    assert found.error == 0
    assert found.mean == Estimate(1.0, (pytest.approx(0.854483, abs=1e-6), 1.0), 18)


def test_a_good_judge_makes_the_interval_narrower() -> None:
    draw = numpy.random.default_rng(3)
    human = draw.integers(0, 2, size=2_200).astype(float)
    judged = numpy.where(draw.random(2_200) < 0.95, human, 1 - human)
    found = corrected_mean(human[:200].tolist(), judged[:200].tolist(), judged[200:].tolist())
    low, high = found.mean.interval or (0.0, 1.0)
    # The judge agrees with humans in 95 %, a correlation of 0.9: what is left of the labels'
    # variance is 1 - 0.9² = 0.19, to which the others add 0.81·200/2000.
    alone = 2 * 1.96 * 0.5 / math.sqrt(200)
    assert (high - low) / alone == pytest.approx(math.sqrt(0.19 + 0.081), abs=0.12)


@pytest.mark.parametrize(("accuracy", "agreement"), [(0.5, 0.6), (0.8, 0.9), (0.98, 0.9)])
def test_the_interval_holds_the_mean_of_the_population(accuracy: float, agreement: float) -> None:
    draw = numpy.random.default_rng(0)
    held, by_paper = 0, 0
    for _ in range(1_000):
        human = (draw.random(560) < accuracy).astype(float)
        judged = numpy.where(draw.random(560) < agreement, human, draw.random(560))
        found = corrected_mean(human[:60].tolist(), judged[:60].tolist(), judged[60:].tolist())
        assert found.mean.interval is not None
        held += found.mean.interval[0] <= accuracy <= found.mean.interval[1]
        low, high = paper_interval(found)
        by_paper += low <= accuracy <= high
    # Binomial error √(.95·.05/1000) = 0.7 %; three of them below, and somewhat too wide.
    assert 0.929 <= held / 1_000 <= 0.99
    # The paper's is too sure where few labels differ from the judge, and most have none that does.
    assert (by_paper / 1_000 < 0.8) == (accuracy == 0.98)


def test_scores_that_do_not_belong_are_refused() -> None:
    with pytest.raises(ValueError, match="1 human scores cannot be paired with 2"):
        corrected_mean([1.0], [1.0, 0.5], [])
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="from 0 to 1"):
            corrected_mean([1.0], [1.0], [wrong])


def test_the_rate_and_its_interval_by_hand() -> None:
    # The judge passes 60 of 100, 45 of 50 that humans pass, and fails 40 of 50 that they fail:
    # (0.6 + 0.8 - 1)/(0.8 + 0.9 - 1) = 4/7.
    found = corrected_rate(60, 100, JudgeAgainstHumans(50, 45, 50, 40))
    assert found.value == pytest.approx(4 / 7)
    assert found.n == 100
    # Lang and Reiczigel: p = (60 + 1.92073)/103.84146 = 0.596301, q₁ = 46/52 = 0.884615, q₀ = 41/52
    # = 0.788462, together 0.673077 above 1; the rate 0.384762/0.673077 = 0.571647. Errors q(1 -
    # q)/52: 0.00196290 and 0.00320751. The shift is 2·3.841459·(0.571647·0.00196290 - 0.428353·
    # 0.00320751) = -0.0019354. The variance 0.596301·0.403699/103.84146 + 0.571647²·0.00196290 +
    # 0.428353²·0.00320751 = 0.00231820 + 0.00064144 + 0.00058853 = 0.00354817, so 1.959964·
    # 0.0595665/0.673077 = 0.173454 either way.
    assert found.interval == pytest.approx((0.396257, 0.743167), abs=2e-6)


COUNTS = st.tuples(st.integers(0, 200), st.integers(0, 1_000)).flatmap(
    lambda counts: st.tuples(st.integers(0, counts[0]), st.just(counts[0]))
)


@given(passing=COUNTS, rightly=COUNTS, failing=COUNTS)
@searching
def test_rates_are_within_0_and_1_or_undefined(
    passing: tuple[int, int], rightly: tuple[int, int], failing: tuple[int, int]
) -> None:
    judge = JudgeAgainstHumans(rightly[1], rightly[0], failing[1], failing[0])
    found = corrected_rate(*passing, judge)
    assert found.n == passing[1]
    known = passing[1] and rightly[1] and failing[1]
    better = known and rightly[0] * failing[1] + failing[0] * rightly[1] > rightly[1] * failing[1]
    assert (found.value is not None) == bool(better)
    if found.value is not None:
        assert 0 <= found.value <= 1
    if found.interval is not None:
        assert 0 <= found.interval[0] <= found.interval[1] <= 1
    # What fails is what does not pass.
    other = JudgeAgainstHumans(failing[1], failing[0], rightly[1], rightly[0])
    turned = corrected_rate(passing[1] - passing[0], passing[1], other)
    assert turned.value == (None if found.value is None else pytest.approx(1 - found.value))
    if found.interval is not None:
        assert turned.interval == pytest.approx((1 - found.interval[1], 1 - found.interval[0]))


def test_a_judge_that_is_always_right_changes_nothing_but_the_interval() -> None:
    found = corrected_rate(60, 100, JudgeAgainstHumans(10_000, 10_000, 10_000, 10_000))
    # Agresti and Coull's interval: 0.596301 ± 1.96·√(0.596301·0.403699/103.84146).
    assert found.value == pytest.approx(0.6)
    assert found.interval == pytest.approx((0.501932, 0.690669), abs=5e-4)


def test_a_judge_no_better_than_chance_says_nothing() -> None:
    assert corrected_rate(60, 100, JudgeAgainstHumans(10, 5, 10, 5)) == Estimate(None, None, 100)
    assert corrected_rate(60, 100, JudgeAgainstHumans(10, 9, 0, 0)) == Estimate(None, None, 100)
    assert corrected_rate(60, 100, JudgeAgainstHumans(0, 0, 10, 9)) == Estimate(None, None, 100)
    assert corrected_rate(0, 0, JudgeAgainstHumans(10, 9, 10, 9)) == Estimate(None, None, 0)
    # Better than chance by one in a hundred, which is nothing with one more case of each outcome.
    barely = JudgeAgainstHumans(1_000, 10, 1, 1)
    assert corrected_rate(60, 100, barely) == Estimate(1.0, None, 100)


def test_rates_that_the_judge_cannot_give_have_no_interval() -> None:
    # A judge that passes half of what humans fail passes none of a thousand cases.
    found = corrected_rate(0, 1_000, JudgeAgainstHumans(500, 450, 500, 250))
    assert found == Estimate(0.0, None, 1_000)


def test_the_interval_holds_the_rate_of_the_population() -> None:
    draw = numpy.random.default_rng(5)
    samples, held = 2_000, 0
    for _ in range(samples):
        judge = JudgeAgainstHumans(
            60, int(draw.binomial(60, 0.85)), 40, int(draw.binomial(40, 0.7))
        )
        passed = int(draw.binomial(300, 0.65 * 0.85 + 0.35 * 0.3))
        interval = corrected_rate(passed, 300, judge).interval
        assert interval is not None
        held += interval[0] <= 0.65 <= interval[1]
    # Binomial error √(.95·.05/2000) = 0.5 %; Lang and Reiczigel's is somewhat too wide.
    assert 0.94 <= held / samples <= 0.985


def test_counts_that_do_not_belong_are_refused() -> None:
    with pytest.raises(ValueError, match="5 of 4 cases"):
        corrected_rate(5, 4, JudgeAgainstHumans(1, 1, 1, 1))
    for wrong in ((1, 2, 1, 1), (1, 1, 1, 2), (1, -1, 1, 1)):
        with pytest.raises(ValueError, match="more often than there are cases"):
            JudgeAgainstHumans(*wrong)
