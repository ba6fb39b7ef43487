import tracemalloc

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from scipy import stats

from evaluator.statistics.bootstrap import (
    JACKKNIFED,
    Counts,
    Floats,
    Measure,
    bootstrap,
    influences,
    mean_estimate,
    resampled_values,
)
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import mean_interval

MEBIBYTE = 1 << 20


def mean_of(values: Floats) -> Measure:
    return lambda weights: weights @ values / weights.sum(axis=1)


@given(
    groups=st.lists(
        st.tuples(st.integers(0, 100), st.integers(20, 90)),
        min_size=2,
        max_size=5,
        unique_by=lambda group: group[0],
    ),
    seed=st.integers(0, 99),
)
@searching
def test_a_mean_has_the_interval_of_its_grouped_values(
    groups: list[tuple[int, int]], seed: int
) -> None:
    values, counts = numpy.array(groups).T
    found = bootstrap(mean_of(values / 100), counts, seed)
    assert found.value == pytest.approx(numpy.average(values / 100, weights=counts))
    # The same draws and the same formula; the jackknife's influences differ by a factor only.
    assert found.interval == pytest.approx(mean_interval(values / 100, counts, seed))


@pytest.mark.parametrize("counts", [[1] * 40, [400, 300, 100]])
def test_resamples_are_multinomial_draws_over_the_groups(counts: list[int]) -> None:
    # Drawn unit by unit where groups are single units, group by group where they are large.
    held: list[Counts] = []

    def keep(weights: Counts) -> Floats:
        held.append(weights.copy())
        return numpy.zeros(len(weights))

    resampled_values(keep, numpy.array(counts), seed=3)
    weights = numpy.concatenate(held)
    total, share = sum(counts), numpy.array(counts) / sum(counts)
    assert weights.shape == (2_000, len(counts))
    assert (weights.sum(axis=1) == total).all()
    error = numpy.sqrt(total * share * (1 - share))
    # Over 2000 draws a mean has 1/√2000 = 0.022 of that error, a deviation 1/√4000 = 0.016, or up
    # to 0.021 for the long tail of single units: five of them over some forty groups.
    assert weights.mean(axis=0) == pytest.approx(total * share, abs=5 * 0.022 * error.max())
    assert weights.std(axis=0) == pytest.approx(error, abs=5 * 0.021 * error.max())


def test_the_interval_of_a_skewed_measure_is_scipys() -> None:
    # The variance of thirty values of an exponential distribution, at even quantiles: biased, and
    # far from symmetrical.
    values = -numpy.log(1 - (numpy.arange(30) + 0.5) / 30)
    once = numpy.ones(30, dtype=int)

    def variance(weights: Counts) -> Floats:
        means = weights @ values / weights.sum(axis=1)
        return weights @ values**2 / weights.sum(axis=1) - means**2

    expected = stats.bootstrap(
        (values,),
        numpy.var,
        method="BCa",
        n_resamples=50_000,
        batch=10_000,
        rng=numpy.random.default_rng(0),
    )
    found = [bootstrap(variance, once, seed).interval for seed in range(50)]
    # Over seeds the ends spread by 0.013 and 0.063, in a mean of fifty by a seventh of that, and in
    # scipy's 25 times as many draws by a fifth: this is four times both. The plain percentile
    # interval is 0.33 to 1.55.
    low, high = numpy.mean(found, axis=0)
    assert low == pytest.approx(expected.confidence_interval.low, abs=0.013)
    assert high == pytest.approx(expected.confidence_interval.high, abs=0.062)


def test_the_influences_of_a_mean_are_the_distances_from_it() -> None:
    values, counts = numpy.array([0.0, 1.0, 5.0]), numpy.array([6, 3, 1])
    # The mean is 0.8. Without one unit of value x it is (8 - x)/9, less by (x - 0.8)/9.
    found, units = influences(mean_of(values), counts, seed=0)
    assert found == pytest.approx((values - 0.8) / 9)
    assert units.tolist() == [6, 3, 1]


def test_of_many_groups_some_give_the_same_acceleration() -> None:
    draw = numpy.random.default_rng(1)
    values = draw.exponential(size=5_000)
    found, units = influences(mean_of(values), numpy.ones(5_000, dtype=int), seed=0)
    assert len(found) == len(units) == JACKKNIFED
    assert units.sum() == pytest.approx(5_000)
    acceleration = units @ found**3 / (6 * (units @ found**2) ** 1.5)
    # skewness/(6√n) is 2/(6·70.7) = 0.0047; a skewness from 200 exponential values errs by 0.5.
    assert acceleration == pytest.approx(2 / (6 * numpy.sqrt(5_000)), rel=0.75)


def test_there_is_no_interval_below_ten_units() -> None:
    values = numpy.arange(9.0)
    assert mean_estimate(values, seed=0) == Estimate(4.0, None, 9)
    assert mean_estimate(numpy.arange(10.0), seed=0).interval is not None
    assert resampled_values(mean_of(values), numpy.ones(9, dtype=int), seed=0) is None


def test_there_is_no_interval_without_variation_nor_a_value_without_a_unit() -> None:
    assert mean_estimate(numpy.full(20, 0.1), seed=0) == Estimate(pytest.approx(0.1), None, 20)
    assert mean_estimate(numpy.array([]), seed=0) == Estimate(None, None, 0)


@pytest.mark.parametrize(("rare", "known"), [(2, False), (4, True)])
def test_there_is_no_interval_where_many_resamples_have_no_value(rare: int, known: bool) -> None:
    # Undefined without a unit of the rare group: (1 - rare/40)^40 is 13 % of 2, and 1.5 % of 4.
    def share(weights: Counts) -> Floats:
        return numpy.where(weights[:, 1] > 0, weights[:, 1] / weights.sum(axis=1), numpy.nan)

    estimate = bootstrap(share, numpy.array([40 - rare, rare]), seed=0)
    assert estimate.value == rare / 40
    assert (estimate.interval is not None) == known


def test_a_measure_that_needs_every_unit_has_no_influences() -> None:
    def only_of_all(weights: Counts) -> Floats:
        return numpy.where(weights.sum(axis=1) == 12, 1.0, numpy.nan)

    found, units = influences(only_of_all, numpy.ones(12, dtype=int), seed=0)
    assert (found @ units).tolist() == 0


def test_ten_thousand_units_need_little_memory() -> None:
    values = numpy.random.default_rng(0).random(10_000)
    tracemalloc.start()
    estimate = mean_estimate(values, seed=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert estimate.interval is not None
    assert peak < 32 * MEBIBYTE  # all weights at once would be 153 MiB


def test_the_seed_decides() -> None:
    values = numpy.arange(30.0)
    assert mean_estimate(values, 5) == mean_estimate(values, 5)
    assert mean_estimate(values, 5) != mean_estimate(values, 6)
