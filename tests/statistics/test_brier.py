import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from sklearn.metrics import brier_score_loss

from evaluator.statistics.brier import BrierScore, brier_score
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import mean_interval

UNITS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=120)
Units = list[tuple[int, bool]]


def score_of(units: Units, seed: int = 0) -> BrierScore:
    return brier_score([p / 20 for p, _ in units], [so for _, so in units], seed)


@given(units=UNITS)
@searching
def test_the_score_is_scikit_learns_and_the_sum_of_its_parts(units: Units) -> None:
    found = score_of(units)
    said, so = [p / 20 for p, _ in units], [so for _, so in units]
    assert found.score.value == pytest.approx(brier_score_loss(so, said, labels=[False, True]))
    assert found.reliability is not None
    assert found.resolution is not None
    assert found.uncertainty is not None
    assert found.within_bins is not None
    assert 0 <= found.reliability <= 1
    assert 0 <= found.resolution <= found.uncertainty + 1e-12
    assert 0 <= found.uncertainty <= 0.25
    parts = found.reliability - found.resolution + found.uncertainty + found.within_bins
    assert parts == pytest.approx(found.score.value)


def test_the_parts_of_two_bins_by_hand() -> None:
    # Ten units said with 20 %, four are so; ten with 90 %, seven are so. Squared errors: 4·0.64 +
    # 6·0.04 + 7·0.01 + 3·0.81 = 5.3 of 20. Both bins are 0.2 off: reliability 0.04. Frequencies 0.4
    # and 0.7 about 0.55: resolution 0.0225; uncertainty 0.55·0.45 = 0.2475; 0.04 - 0.0225 + 0.2475
    # = 0.265 = 5.3/20, with nothing within bins.
    units = [(4, so < 4) for so in range(10)] + [(18, so < 7) for so in range(10)]
    found = score_of(units)
    assert found.score.value == pytest.approx(0.265)
    assert found.reliability == pytest.approx(0.04)
    assert found.resolution == pytest.approx(0.0225)
    assert found.uncertainty == pytest.approx(0.2475)
    assert found.within_bins == pytest.approx(0)
    # The interval is a mean's, over the squared errors, from other draws. Two of those differ by up
    # to 5·√2·0.08 errors of the mean (test_intervals), which is √(0.116/20) = 0.076 here.
    errors, counts = [0.01, 0.04, 0.64, 0.81], [7, 6, 4, 3]
    expected = mean_interval(errors, counts, seed=0)
    assert found.score.interval == pytest.approx(expected, abs=0.043)


def test_what_a_bin_tells_apart_is_within_it() -> None:
    # One bin of eight units: 0 and right, 1 and right. Its mean forecast is its frequency, and all
    # the skill is within: the score 0 is 0 - 0 + 0.25 + (-0.25).
    found = score_of([(0, False), (20, True)] * 4)
    assert found.score == Estimate(0.0, None, 8)
    assert (found.reliability, found.resolution, found.uncertainty) == (0.0, 0.0, 0.25)
    assert found.within_bins == -0.25


def test_there_is_no_score_without_a_unit() -> None:
    assert brier_score([], [], 0) == BrierScore(Estimate(None, None, 0), None, None, None, None)
