import itertools
import math
import random

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.statistics.calibration_error import CalibrationError, expected_calibration_error
from evaluator.statistics.estimate import Estimate

UNITS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=120)
Units = list[tuple[int, bool]]


def error_of(units: Units, seed: int = 0) -> CalibrationError:
    return expected_calibration_error([p / 20 for p, _ in units], [so for _, so in units], seed)


def test_the_error_of_two_bins_by_hand() -> None:
    # Ten units said to be so with 20 %, four are: 0.2 too low. Ten with 90 %, seven are: 0.2 too
    # high. Distances do not cancel.
    units = [(4, so < 4) for so in range(10)] + [(18, so < 7) for so in range(10)]
    found = error_of(units)
    assert found.bins == 2
    assert found.error.value == pytest.approx(0.2)
    assert found.error.n == 20
    # Calibrated, the bins' sums would have variances 10·0.2·0.8 = 1.6 and 10·0.9·0.1 = 0.9, and a
    # normal variable of variance v is √(2v/π) from 0 on average: (1.009 + 0.757)/20 = 0.0883. A
    # mean of 2000 errs by √((1 - 2/π)·2.5)/20/√2000 = 0.001.
    assert found.error_if_calibrated == pytest.approx(0.0883, abs=0.004)


def test_the_interval_of_an_error_well_above_chance_by_hand() -> None:
    # As above with a hundred units each: ten bins, of which all but two are empty. The sum of
    # distances is that of the residuals, of variance 100·0.4·0.6 + 100·0.7·0.3 = 45, so the error
    # of the estimate is √45/200 = 0.0335 and the interval 1.96 of those either way. A quantile of
    # 2000 draws errs by 0.06 of them, and the residuals' sums are whole numbers, 0.005 apart.
    units = [(4, so < 40) for so in range(100)] + [(18, so < 70) for so in range(100)]
    found = error_of(units)
    assert found.bins == 2
    expected = (0.2 - 1.96 * 0.0335, 0.2 + 1.96 * 0.0335)
    assert found.error.interval == pytest.approx(expected, abs=0.011)


def test_an_error_that_may_be_chance_may_be_none() -> None:
    # Of twenty said with 50 % fourteen are so: 0.2 off. A binomial is that far off in 12 % of
    # samples, and the estimate less 1.96 bootstrap errors, √(0.7·0.3/20), would be 0.2 - 0.2009.
    assert (error_of([(10, so < 14) for so in range(20)]).error.interval or (1, 1))[0] == 0.0
    # Of thirty twenty-one: 0.036 with errors alone, but as far off in 4.3 % of samples; nineteen:
    # 0.133 off, and as far in 20 %.
    assert (error_of([(10, so < 21) for so in range(30)]).error.interval or (0, 0))[0] > 0.0
    assert (error_of([(10, so < 19) for so in range(30)]).error.interval or (1, 1))[0] == 0.0


@given(units=UNITS, seed=st.integers(0, 9), draw=st.randoms(use_true_random=False))
@searching
def test_errors_are_within_their_interval_and_do_not_mind_the_order(
    units: Units, seed: int, draw: random.Random
) -> None:
    found = error_of(units, seed)
    shuffled = units[:]
    draw.shuffle(shuffled)
    assert error_of(shuffled, seed) == found
    assert (found.error.value is None) == (not units)
    if found.error.interval is not None and found.error.value is not None:
        low, high = found.error.interval
        assert 0 <= low <= found.error.value <= high <= 1


@given(units=st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=19))
@searching
def test_the_other_side_of_each_question_has_the_same_error(units: Units) -> None:
    # Said to be so with p and so is said not to be so with 1 - p and not so.
    found, turned = error_of(units), error_of([(20 - p, not so) for p, so in units])
    assert found.bins == 1
    assert turned.error.value == pytest.approx(found.error.value)
    assert turned.error_if_calibrated == pytest.approx(found.error_if_calibrated)


def test_certainty_that_is_right_has_no_error() -> None:
    found = error_of([(0, False), (20, True)] * 20)
    assert found == CalibrationError(Estimate(0.0, None, 40), 0.0, 2)


def test_there_is_no_error_without_a_unit_and_no_interval_of_few() -> None:
    assert error_of([]) == CalibrationError(Estimate(None, None, 0), None, 0)
    assert error_of([(10, True), (12, False)] * 4).error.interval is None
    assert error_of([(10, True), (12, False)] * 5).error.interval is not None


def bent_error(bend: float, bins: int) -> float:
    """The error of uniform probabilities p where things are so with p^bend, in bins of equal mass.

    The integral of p^bend - p over a bin from a to b.
    """
    edges = [edge / bins for edge in range(bins + 1)]
    integral = [edge ** (bend + 1) / (bend + 1) - edge**2 / 2 for edge in edges]
    return sum(abs(high - low) for low, high in itertools.pairwise(integral))


@pytest.mark.parametrize("bend", [1.0, 1.2, 2.0])
@pytest.mark.parametrize("units", [50, 200])
def test_the_interval_holds_the_error_of_the_population(bend: float, units: int) -> None:
    draw = numpy.random.default_rng(units)
    samples, held = 250, 0
    true = bent_error(bend, bins=units // 10 if units < 100 else 10)
    for sample in range(samples):
        said = draw.random(units)
        so = draw.random(units) < said**bend
        interval = expected_calibration_error(said.tolist(), so.tolist(), sample).error.interval
        assert interval is not None
        held += interval[0] <= true <= interval[1]
    # 89 to 97 % by simulation; binomial error √(.92·.08/250) = 1.7 %, of which three below.
    assert 0.84 <= held / samples <= 0.995
    assert math.isclose(bent_error(1.0, 5), 0.0, abs_tol=1e-12)
