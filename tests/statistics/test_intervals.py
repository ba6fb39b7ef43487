import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import searching
from scipy import stats
from scipy.special import ndtri

from evaluator.statistics.intervals import (
    FEWEST_OBSERVATIONS,
    RESAMPLES,
    mean_interval,
    rate_interval,
)

GROUPS = st.lists(
    st.tuples(st.integers(0, 100), st.integers(5, 40)),
    min_size=2,
    max_size=6,
    unique_by=lambda group: group[0],
)


def split(groups: list[tuple[int, int]]) -> tuple[list[float], list[int]]:
    return [value / 100 for value, _ in groups], [count for _, count in groups]


@given(groups=GROUPS)
@settings(searching, max_examples=25)
def test_the_mean_interval_is_that_of_scipys_bca_bootstrap(groups: list[tuple[int, int]]) -> None:
    values, counts = split(groups)
    cases = numpy.repeat(values, counts)
    found = mean_interval(values, counts, seed=1)
    expected = stats.bootstrap(
        (cases,), numpy.mean, method="BCa", n_resamples=9_999, rng=numpy.random.default_rng(2)
    ).confidence_interval
    # A 2.5 % quantile of 2000 draws has the standard error √(.025·.975/2000)/φ(1.96) = 0.06
    # standard errors of the mean; the bias correction, counted twice, adds 2·√(.25/2000)/φ(0) =
    # 0.056; together 0.08, scipy's own draws 0.04: five times their sum in quadrature is 0.45.
    # Means lie on a lattice of at least range/n, and either's quantile may fall on either side.
    error = cases.std() / math.sqrt(len(cases))
    tolerance = 0.45 * error + 2 * numpy.ptp(cases) / len(cases)
    assert found == pytest.approx(tuple(expected), abs=tolerance)


def test_bias_and_skewness_are_corrected_as_scipy_does() -> None:
    # Forty values of a very skewed distribution, log-normal with σ = 1.5, at even quantiles. There
    # the plain percentile interval is 0.30 and 0.98 standard errors away from the corrected one.
    values = numpy.exp(1.5 * ndtri((numpy.arange(40) + 0.5) / 40))
    values /= values.max()
    expected = stats.bootstrap(
        (values,),
        numpy.mean,
        method="BCa",
        n_resamples=100_000,
        batch=10_000,
        rng=numpy.random.default_rng(0),
    ).confidence_interval
    seeds = range(100)
    found = numpy.mean([mean_interval(values.tolist(), [1] * 40, seed) for seed in seeds], axis=0)
    # Over seeds the ends spread by 0.04 and 0.20 standard errors: a tenth of that in a mean of a
    # hundred, and 0.20·√(2000/100000) = 0.03 in scipy's; together 0.035, of which this is four.
    error = values.std() / math.sqrt(40)
    assert tuple(found) == pytest.approx(tuple(expected), abs=0.14 * error)


def test_the_mean_interval_covers_the_mean_as_often_as_it_says() -> None:
    values = numpy.array([0.0, 0.1, 0.45, 1.0])
    shares = numpy.array([0.15, 0.15, 0.2, 0.5])
    mean = float(values @ shares)
    draw = numpy.random.default_rng(3)
    samples = 800
    covered = 0
    for sample in range(samples):
        counts = draw.multinomial(120, shares)
        interval = mean_interval(values.tolist(), counts.tolist(), seed=sample)
        assert interval is not None
        covered += interval[0] <= mean <= interval[1]
    # Binomial standard error √(.95·.05/800) = 0.8 %; four of them, and 0.5 % that a bootstrap of
    # 120 cases may fall short.
    assert 0.913 <= covered / samples <= 0.982


def test_a_skewed_sample_has_a_longer_side_towards_its_tail() -> None:
    # One case in ten is 1: Efron's correction moves both ends up from mean ± 1.96 errors.
    low, high = mean_interval([0.0, 1.0], [90, 10], seed=0) or (0.0, 0.0)
    assert high - 0.1 > 0.1 - low > 0
    error = math.sqrt(0.1 * 0.9 / 100)
    assert low > 0.1 - 1.96 * error
    assert high > 0.1 + 1.96 * error


@given(groups=GROUPS, seed=st.integers(0, 2**32))
@searching
def test_the_mean_interval_is_repeatable_and_within_the_values(
    groups: list[tuple[int, int]], seed: int
) -> None:
    values, counts = split(groups)
    interval = mean_interval(values, counts, seed)
    assert interval is not None
    assert min(values) <= interval[0] < interval[1] <= max(values)
    assert mean_interval(values, counts, seed) == interval


@given(
    groups=st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 6)),
        min_size=2,
        max_size=5,
        unique_by=lambda group: group[0],
    ).filter(lambda groups: sum(count for _, count in groups) >= FEWEST_OBSERVATIONS),
    seed=st.integers(0, 99),
)
@searching
def test_rounding_of_equal_means_does_not_move_the_interval(
    groups: list[tuple[int, int]], seed: int
) -> None:
    # With whole numbers every sum is exact; tenths round, and many resamples have the very mean.
    counts = [count for _, count in groups]
    exact = mean_interval([float(value) for value, _ in groups], counts, seed)
    rounded = mean_interval([value / 10 for value, _ in groups], counts, seed)
    assert exact is not None
    assert rounded == pytest.approx((exact[0] / 10, exact[1] / 10))


def test_values_that_never_occur_count_for_nothing() -> None:
    assert mean_interval([0.9, 0.2, 0.5, 0.7], [0, 9, 8, 0], 5) == mean_interval(
        [0.2, 0.5], [9, 8], 5
    )


def test_another_seed_gives_another_interval_nearby() -> None:
    values, counts = [0.0, 0.3, 1.0], [30, 50, 40]
    one, other = mean_interval(values, counts, 1), mean_interval(values, counts, 2)
    assert one != other
    # Two independent draws of 0.08 standard errors each (see above); the error is 0.036 here.
    assert one == pytest.approx(other, abs=5 * math.sqrt(2) * 0.08 * 0.036)


@pytest.mark.parametrize(
    ("values", "counts"),
    [([], []), ([0.5], [1]), ([0.5], [100]), ([0.5, 0.5], [30, 40]), ([0.1, 0.9], [50, 0])],
)
def test_there_is_no_mean_interval_without_variation(
    values: list[float], counts: list[int]
) -> None:
    assert mean_interval(values, counts, seed=0) is None


@pytest.mark.parametrize(
    "counts", [[1, 1], [4, 5], [1, 8], [9, 0], [3, 3, 3], [1] * 9, [5, 4, 0, 0]]
)
def test_there_is_no_mean_interval_below_ten_observations(counts: list[int]) -> None:
    values = [place / 10 for place in range(len(counts))]
    assert mean_interval(values, counts, seed=0) is None
    # The tenth observation, of whatever value, makes one.
    missing = 10 - sum(counts)
    for place in range(2):
        enough = [n + missing * (at == place) for at, n in enumerate(counts)]
        interval = mean_interval(values, enough, seed=0)
        assert (interval is None) == (numpy.count_nonzero(enough) < 2)
    assert FEWEST_OBSERVATIONS == 10


def test_a_million_cases_need_no_more_than_their_groups() -> None:
    values, counts = [0.0, 0.5, 1.0], [300_000, 300_000, 400_000]
    low, high = mean_interval(values, counts, seed=0) or (0.0, 0.0)
    # Mean 0.55; variance 0.3·0.55² + 0.3·0.05² + 0.4·0.45² = 0.1725; error 0.000415.
    assert (low, high) == pytest.approx((0.55 - 1.96 * 0.000415, 0.55 + 1.96 * 0.000415), abs=2e-4)
    assert RESAMPLES == 2_000


@given(data=st.data(), trials=st.integers(1, 5_000))
@searching
def test_the_rate_interval_is_wilsons(data: st.DataObject, trials: int) -> None:
    successes = data.draw(st.integers(0, trials))
    # Wilson 1927: the p with |p̂ - p| = z √(p(1-p)/n), solved for p.
    z, p, n = 1.959963984540054, successes / trials, trials
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert rate_interval(successes, trials) == pytest.approx((centre - half, centre + half))


def test_the_rate_interval_of_nine_of_ten() -> None:
    # centre = (0.9 + 0.19207)/(1.38415) = 0.78899; half = 1.41602·√(0.009 + 0.009604) = 0.19314.
    assert rate_interval(9, 10) == pytest.approx((0.59585, 0.98213), abs=1e-5)


def test_there_is_no_rate_interval_without_a_trial() -> None:
    assert rate_interval(0, 0) is None
