import math
import random

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from scipy import stats

from evaluator.statistics.comparison import (
    RateComparison,
    ScoreComparison,
    compare_rates,
    compare_scores,
    holm,
    probability_better,
)
from evaluator.statistics.estimate import Estimate

SCORES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=40)
Scores = list[tuple[int, int]]
RIGHT = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=80)
P_VALUES = st.lists(st.integers(0, 1_000).map(lambda number: number / 1_000), max_size=8)


def columns(scores: Scores) -> tuple[list[float], list[float]]:
    return [one / 4 for one, _ in scores], [other / 4 for _, other in scores]


def test_scores_compared_by_hand() -> None:
    # The second is ahead by 0.5 in 6 of 20 cases, behind by 0.25 in 2, equal in 12: (3 - 0.5)/20.
    second = [1.0] * 6 + [0.25] * 2 + [0.5] * 12
    first = [0.5] * 8 + [0.5] * 12
    found = compare_scores(first, second)
    assert found.difference.value == pytest.approx(0.125)
    # With half a case ahead by 1, half a case behind by 1 and one equal, 22: the mean is 2.5/22 =
    # 0.113636, the mean square (6·0.25 + 2·0.0625 + 1)/22 = 0.119318, the error √((0.119318 -
    # 0.113636²)/22) = 0.069546.
    expected = (0.113636 - 1.959964 * 0.069546, 0.113636 + 1.959964 * 0.069546)
    assert found.difference.interval == pytest.approx(expected, abs=1e-5)
    # z = 0.113636/0.069546 = 1.63397; of a normal table, 2·(1 - 0.94887).
    assert found.p_value == pytest.approx(0.10226, abs=2e-5)


def test_the_interval_of_rates_is_agresti_and_mins() -> None:
    # Right alone in b = 5 and c = 15 of n = 60 cases, with a half in each: (c - b)/(n + 2), and
    # √((b + c + 1) - (c - b)²/(n + 2))/(n + 2) as its error (2005, section 3).
    second = [True] * 15 + [False] * 5 + [True] * 40
    first = [False] * 15 + [True] * 5 + [True] * 40
    centre, error = 10 / 62, math.sqrt(21 - 100 / 62) / 62
    expected = (centre - 1.959964 * error, centre + 1.959964 * error)
    found = compare_rates(first, second).difference
    assert found.value == pytest.approx(10 / 60)
    assert found.interval == pytest.approx(expected, abs=1e-6)


@given(scores=SCORES)
@searching
def test_the_first_model_is_as_far_behind_as_the_second_is_ahead(scores: Scores) -> None:
    first, second = columns(scores)
    found, turned = compare_scores(first, second), compare_scores(second, first)
    if not scores:
        assert found == ScoreComparison(Estimate(None, None, 0), None)
        return
    estimate = found.difference
    assert estimate.value is not None
    assert turned.difference.value == -estimate.value
    assert turned.p_value == found.p_value
    assert estimate.n == len(scores)
    assert (estimate.interval is None) == (found.p_value is None) == (len(scores) < 10)
    if estimate.interval is not None:
        assert -1 <= estimate.interval[0] <= estimate.value <= estimate.interval[1] <= 1
        assert turned.difference.interval == (-estimate.interval[1], -estimate.interval[0])


@given(scores=SCORES)
@searching
def test_the_test_of_scores_and_their_interval_agree(scores: Scores) -> None:
    found = compare_scores(*columns(scores))
    if found.p_value is not None and found.difference.interval is not None:
        low, high = found.difference.interval
        assert (found.p_value < 0.05) == (low > 0 or high < 0)


def test_with_many_cases_the_test_of_scores_is_the_paired_t_test() -> None:
    draw = numpy.random.default_rng(3)
    first = draw.random(5_000)
    second = numpy.clip(first + draw.normal(0.004, 0.2, 5_000), 0, 1)
    expected = stats.ttest_rel(first, second).pvalue
    assert 0.001 < expected < 0.5
    assert compare_scores(first, second).p_value == pytest.approx(expected, abs=0.01)


@given(scores=SCORES, draw=st.randoms(use_true_random=False))
@searching
def test_the_order_of_cases_does_not_count(scores: Scores, draw: random.Random) -> None:
    shuffled = scores[:]
    draw.shuffle(shuffled)
    found = compare_scores(*columns(shuffled)).difference
    expected = compare_scores(*columns(scores)).difference
    assert found.value == pytest.approx(expected.value)
    assert found.interval == pytest.approx(expected.interval)
    better = probability_better(*columns(scores), 0)
    assert probability_better(*columns(shuffled), 0) == better


@given(scores=SCORES, seed=st.integers(0, 3))
@searching
def test_the_probabilities_that_either_is_better_add_up_to_1(scores: Scores, seed: int) -> None:
    first, second = columns(scores)
    found, turned = probability_better(first, second, seed), probability_better(second, first, seed)
    if len(scores) < 10:
        assert found is turned is None
        return
    assert found is not None
    assert turned is not None
    assert 0 <= found <= 1
    assert found + turned == pytest.approx(1)


def test_the_probability_of_being_better_by_hand() -> None:
    # Ahead in 3 of 10 cases and equal in the others: behind in no resample, and tied in those
    # without any of the three, of probability 0.7¹⁰ = 0.02825, half of which counts as behind.
    found = probability_better([0.5] * 10, [1.0] * 3 + [0.5] * 7, 0)
    # Of 4,000 resamples the error of that half is √(0.02825·0.97175/4000)/2 = 0.0013.
    assert found == pytest.approx(1 - 0.02825 / 2, abs=4 * 0.0013)
    assert probability_better([0.3] * 10, [0.3] * 10, 0) == 0.5


def test_gains_that_cancel_are_ties() -> None:
    # 0.2 - 0.1 and 0.3 - 0.2 differ in the last bit. If that decided the 18 % of resamples of 20
    # cases that are ahead as often as behind, it would be 0.59.
    first, second = [0.1, 0.3] * 10, [0.2, 0.2] * 10
    assert probability_better(first, second, 0) == pytest.approx(0.5, abs=0.02)


def test_the_probability_of_being_better_is_that_of_a_normal_difference() -> None:
    draw = numpy.random.default_rng(5)
    first = draw.random(2_000) * 0.8
    second = first + draw.normal(0.002, 0.05, 2_000).clip(-0.1, 0.1) * (first > 0.1)
    second = second.clip(0, 1)
    gains = second - first
    expected = stats.norm.cdf(gains.mean() / (gains.std() / math.sqrt(len(gains))))
    assert 0.7 < expected < 0.999
    assert probability_better(first, second, 0) == pytest.approx(expected, abs=0.02)


def test_the_interval_holds_the_difference_of_models_that_mostly_answer_alike() -> None:
    # Of 50 cases 85 % are scored alike; the second is ahead by 0.75 in 10 % and behind in 5 %.
    draw = numpy.random.default_rng(0)
    held = 0
    for _ in range(2_000):
        ahead = draw.choice([0.0, 0.75, -0.75], size=50, p=[0.85, 0.1, 0.05])
        first, second = 0.5 - ahead / 2, 0.5 + ahead / 2
        low, high = compare_scores(first, second).difference.interval or (0, 0)
        held += low <= 0.0375 <= high
    # Binomial error √(.95·.05/2000) = 0.5 %; three of them below, and somewhat too wide.
    assert 0.935 <= held / 2_000 <= 0.99


def test_what_makes_a_case_hard_for_both_cancels() -> None:
    draw = numpy.random.default_rng(0)
    hard = draw.random(1_000) * 0.8
    first, second = hard + 0.2 * draw.random(1_000), hard + 0.2 * draw.random(1_000)
    low, high = compare_scores(first, second).difference.interval or (0, 0)
    # The difference of two uniform variables of width 0.2 has the error 0.2/√6 = 0.082; unpaired it
    # would have that of 0.8/√6 besides, four times as much. The two added cases count 1/1002.
    error = math.sqrt(0.0816**2 + 1 / 1_002)
    assert high - low == pytest.approx(2 * 1.96 * error / math.sqrt(1_000), rel=0.1)


def test_equal_models_may_still_differ_a_little() -> None:
    found = compare_scores([0.1, 0.7] * 19, [0.1, 0.7] * 19)
    # The mean square of forty cases is 1/40, of which the error is √(1/40/40) = 1/40.
    expected = pytest.approx((-1.959964 / 40, 1.959964 / 40))
    assert found == ScoreComparison(Estimate(0.0, expected, 38), 1.0)


def test_mcnemars_test_by_hand() -> None:
    # 8 cases only the first gets right, 2 only the second: two tails of (1 + 10 + 45)/1024.
    first = [True] * 8 + [False] * 2 + [True] * 50 + [False] * 40
    second = [False] * 8 + [True] * 2 + [True] * 50 + [False] * 40
    found = compare_rates(first, second)
    assert found.difference.value == pytest.approx(-0.06)
    expected = RateComparison(found.difference, 8, 2, 0.1, pytest.approx(0.109375))
    assert found == expected


@given(right=RIGHT)
@searching
def test_mcnemars_test_is_the_binomial_test_of_discordant_cases(
    right: list[tuple[bool, bool]],
) -> None:
    first, second = [one for one, _ in right], [other for _, other in right]
    found = compare_rates(first, second)
    discordant = found.only_first + found.only_second
    assert found.discordance == (discordant / len(right) if right else None)
    assert found.only_first - found.only_second == sum(first) - sum(second)
    if discordant:
        assert found.p_value == pytest.approx(stats.binomtest(found.only_first, discordant).pvalue)
    else:
        assert found.p_value == 1
    turned = compare_rates(second, first)
    assert (turned.only_second, turned.p_value) == (found.only_first, found.p_value)


def test_models_of_different_cases_are_not_compared() -> None:
    with pytest.raises(ValueError, match="1 cases cannot be paired with 2"):
        compare_scores([1.0], [1.0, 0.5])
    with pytest.raises(ValueError, match="1 cases cannot be paired with 2"):
        compare_rates([True], [True, False])
    with pytest.raises(ValueError, match="1 cases cannot be paired with 2"):
        probability_better([1.0], [1.0, 0.5], 0)
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="from 0 to 1"):
            compare_scores([wrong], [1.0])


def test_holms_adjustment_by_hand() -> None:
    # In order 0.01·4, 0.02·3, 0.03·2 and 0.04·1, none below the one before it.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


@given(p_values=P_VALUES, level=st.sampled_from([0.01, 0.05, 0.2]))
@searching
def test_holm_rejects_step_by_step(p_values: list[float], level: float) -> None:
    # The procedure itself: from the least p-value on, compare with level/(those left), and stop at
    # the first that is above.
    adjusted = holm(p_values)
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    rejected = set()
    for done, place in enumerate(order):
        if p_values[place] * (len(p_values) - done) > level:
            break
        rejected.add(place)
    assert {place for place, p in enumerate(adjusted) if p <= level} == rejected
    assert all(own <= p <= 1 for own, p in zip(p_values, adjusted, strict=True))


def test_a_p_value_is_from_0_to_1() -> None:
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="from 0 to 1"):
            holm([0.5, wrong])
