import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from scipy import stats

from evaluator.statistics.comparison import cases_needed


def test_cases_needed_by_hand() -> None:
    # Discordance 0.5 and difference 0.4: (1.95996·0.70711 + 0.84162·√0.34)/0.4 = (1.38590 +
    # 0.49074)/0.4 = 4.6916, squared 22.01.
    assert cases_needed(0.4, 0.5) == cases_needed(-0.4, 0.5) == 23
    # Five points at a discordance of 20 %: (0.87652 + 0.84162·√0.1975)/0.05 = 25.011, squared
    # 625.5.
    assert cases_needed(0.05, 0.2) == 626


@pytest.mark.parametrize(("difference", "discordance"), [(0.05, 0.2), (0.02, 0.1), (0.1, 0.15)])
def test_the_exact_test_shows_the_difference_with_nearly_the_power(
    difference: float, discordance: float
) -> None:
    cases = cases_needed(difference, discordance)
    assert cases is not None
    # The power of the exact test: over the number of discordant cases, binomial, and how many of
    # them are the better model's.
    power = 0.0
    for discordant in range(1, cases + 1):
        chance = stats.binom.pmf(discordant, cases, discordance)
        if chance < 1e-9:
            continue
        fewest = stats.binom.ppf(0.025, discordant, 0.5)  # the least with a tail of 2.5 % or more
        share = (1 + difference / discordance) / 2
        power += chance * (
            stats.binom.cdf(fewest - 1, discordant, share)
            + stats.binom.sf(discordant - fewest, discordant, share)
        )
    assert 0.74 < power < 0.81


@given(
    difference=st.integers(1, 100).map(lambda number: number / 100),
    discordance=st.integers(0, 100).map(lambda number: number / 100),
)
@searching
def test_smaller_differences_and_more_discordance_need_more_cases(
    difference: float, discordance: float
) -> None:
    cases = cases_needed(difference, discordance)
    assert (cases is None) == (discordance < difference)
    if cases is not None:
        assert cases >= 1
        assert cases <= (cases_needed(difference, 1.0) or 0)
        assert cases <= (cases_needed(difference / 2, discordance) or 0)


@pytest.mark.parametrize(("difference", "discordance"), [(0, 0.5), (1.1, 0.5), (0.1, 1.1)])
def test_no_number_of_cases_shows_no_difference(difference: float, discordance: float) -> None:
    with pytest.raises(ValueError, match="difference above 0"):
        cases_needed(difference, discordance)
