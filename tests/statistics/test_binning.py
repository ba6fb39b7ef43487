import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.statistics.binning import MOST_BINS, equal_mass_bins, foretold


@given(values=st.lists(st.integers(0, 10_000), min_size=1, max_size=300, unique=True))
@searching
def test_bins_of_different_probabilities_are_equally_full(values: list[int]) -> None:
    bins = equal_mass_bins(numpy.array(values) / 10_000)
    sizes = numpy.bincount(bins)
    assert len(sizes) == min(MOST_BINS, max(1, len(values) // 10))
    assert sizes.max() - sizes.min() <= 1
    assert (numpy.diff(bins[numpy.argsort(values)]) >= 0).all()


@given(values=st.lists(st.integers(0, 5), min_size=1, max_size=200))
@searching
def test_equal_probabilities_share_a_bin(values: list[int]) -> None:
    bins = equal_mass_bins(numpy.array(values) / 5)
    assert len({*zip(values, bins.tolist(), strict=True)}) == len(set(values))


def test_a_group_goes_into_the_bin_of_its_middle() -> None:
    # Thirty units, three bins. Twelve of 0.1 have their middle at 6, twelve of 0.5 at 18, six of
    # 0.9 at 27.
    bins = equal_mass_bins(numpy.repeat([0.1, 0.5, 0.9], [12, 12, 6]))
    assert bins.tolist() == [0] * 12 + [1] * 12 + [2] * 6
    # Twenty-eight of 0.1 have theirs at 14, in the second bin, and leave the first one empty.
    assert equal_mass_bins(numpy.repeat([0.1, 0.9], [28, 2])).tolist() == [1] * 28 + [2] * 2


def test_what_is_no_probability_is_refused() -> None:
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="from 0 to 1"):
            foretold([wrong], [True])
    with pytest.raises(ValueError, match="2 probabilities cannot foretell 1"):
        foretold([0.1, 0.2], [True])
