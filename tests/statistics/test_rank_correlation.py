import math
from collections.abc import Callable

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import searching
from scipy import stats

from evaluator.statistics.estimate import Estimate
from evaluator.statistics.rank_correlation import kendall, spearman

Correlation = Callable[[list[float], list[float], int], Estimate]
BOTH = pytest.mark.parametrize(
    ("correlation", "reference"), [(spearman, stats.spearmanr), (kendall, stats.kendalltau)]
)

# Few distinct values make ties, many make none.
SCORES = st.one_of(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=2, max_size=40),
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=2, max_size=40),
)
Scores = list[tuple[int, int]]


def columns(scores: Scores) -> tuple[list[float], list[float]]:
    return [float(one) for one, _ in scores], [other / 7 for _, other in scores]


@BOTH
@given(scores=SCORES)
@searching
def test_correlations_are_scipys(
    correlation: Correlation, reference: Callable[..., tuple[float, float]], scores: Scores
) -> None:
    first, second = columns(scores)
    found = correlation(first, second, 0)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found == Estimate(None, None, len(scores))
        return
    assert found.value == pytest.approx(reference(first, second)[0], abs=1e-12)
    assert found.value is not None
    assert -1 <= found.value <= 1


def test_correlations_by_hand() -> None:
    first, second = [1.0, 2.0, 3.0, 3.0], [10.0, 30.0, 20.0, 30.0]
    # Ranks 1, 2, 3.5, 3.5 and 1, 3.5, 2, 3.5, less 2.5: products 2.25 - 0.5 - 0.5 + 1 = 2.25,
    # squares 2.25 + 0.25 + 1 + 1 = 4.5 both: rho = 0.5.
    assert spearman(first, second, 0) == Estimate(pytest.approx(0.5), None, 4)
    # Of six pairs the first three and 1-4 agree, 2-3 disagrees, 2-4 and 3-4 are tied: agreeing are
    # 1-2, 1-3 and 1-4, so 3 - 1 = 2, over √(5·5), one tie each: tau-b = 0.4.
    assert kendall(first, second, 0) == Estimate(pytest.approx(0.4), None, 4)


@BOTH
@given(scores=SCORES)
@searching
def test_correlations_depend_on_order_alone(
    correlation: Correlation, reference: object, scores: Scores
) -> None:
    first, second = columns(scores)
    found = correlation(first, second, 3)
    assert correlation([math.atan(one) for one in first], second, 3) == found
    assert correlation(first[::-1], second[::-1], 3) == found
    assert correlation(second, first, 3).value == pytest.approx(found.value)
    turned = correlation([-one for one in first], second, 3).value
    assert turned == (None if found.value is None else pytest.approx(-found.value))


@BOTH
@given(scores=SCORES.filter(lambda scores: len(scores) >= 10), seed=st.integers(0, 9))
@settings(searching, max_examples=25)
def test_intervals_hold_their_estimate_and_are_repeatable(
    correlation: Correlation, reference: object, scores: Scores, seed: int
) -> None:
    found = correlation(*columns(scores), seed)
    if found.interval is not None and found.value is not None:
        low, high = found.interval
        assert -1 <= low <= found.value <= high <= 1
    assert correlation(*columns(scores), seed) == found


@BOTH
def test_the_interval_is_that_of_scipys_bca_bootstrap(
    correlation: Correlation, reference: Callable[..., tuple[float, float]]
) -> None:
    draw = numpy.random.default_rng(4)
    first = draw.normal(size=40)
    second = numpy.round(first + draw.normal(size=40))
    expected = stats.bootstrap(
        (first, second),
        lambda *pair: reference(*pair)[0],
        paired=True,
        vectorized=False,
        method="BCa",
        n_resamples=4_000,
        rng=numpy.random.default_rng(0),
    )
    found = [correlation(first.tolist(), second.tolist(), seed).interval for seed in range(20)]
    # A 2.5 % quantile of 4000 draws errs by 0.057 errors of the estimate, a mean of twenty of 2000
    # by 0.02, and the bias correction adds as much: four times 0.09.
    tolerance = 0.36 * expected.standard_error
    assert tuple(numpy.mean(found, axis=0)) == pytest.approx(
        tuple(expected.confidence_interval), abs=tolerance
    )


@BOTH
def test_the_same_order_has_no_interval(correlation: Correlation, reference: object) -> None:
    numbers = [float(number) for number in range(20)]
    assert correlation(numbers, numbers, 0) == Estimate(1.0, None, 20)
    assert correlation(numbers, numbers[::-1], 0) == Estimate(-1.0, None, 20)


@BOTH
def test_few_units_have_no_interval_and_none_no_value(
    correlation: Correlation, reference: object
) -> None:
    first, second = [1.0, 2, 3, 4, 5, 6, 7, 8, 9], [2.0, 1, 3, 4, 5, 7, 6, 8, 9]
    assert correlation(first, second, 0).interval is None
    assert correlation([*first, 10.0], [*second, 10.0], 0).interval is not None
    assert correlation([], [], 0) == Estimate(None, None, 0)
    assert correlation([0.5], [0.5], 0) == Estimate(None, None, 1)


@BOTH
def test_scores_that_do_not_belong_are_refused(correlation: Correlation, reference: object) -> None:
    with pytest.raises(ValueError, match="1 scores cannot be compared with 2"):
        correlation([1.0], [1.0, 2.0], 0)
    with pytest.raises(ValueError, match="finite"):
        correlation([1.0], [math.nan], 0)


@BOTH
def test_intervals_hold_the_correlation_of_the_population(
    correlation: Correlation, reference: object
) -> None:
    # Normal scores that correlate by r = 0.6: rho is 6/π·asin(r/2) (Pearson 1907), tau 2/π·asin(r).
    r = 0.6
    true = 6 / math.pi * math.asin(r / 2) if correlation is spearman else 2 / math.pi * math.asin(r)
    draw = numpy.random.default_rng(1)
    samples, held = 250, 0
    for sample in range(samples):
        first = draw.normal(size=60)
        second = r * first + math.sqrt(1 - r * r) * draw.normal(size=60)
        interval = correlation(first.tolist(), second.tolist(), sample).interval
        assert interval is not None
        held += interval[0] <= true <= interval[1]
    # Binomial error 1.4 %; three of them, and 1 % that a bootstrap may fall short.
    assert 0.897 <= held / samples <= 0.992
