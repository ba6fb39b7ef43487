import itertools

import numpy
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from scipy.stats import rankdata

from evaluator.statistics.ranks import WeightedInversions, WeightedRanks, WeightedTies

ITEMS = st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), min_size=1, max_size=25)


@given(items=ITEMS)
@searching
def test_ranks_are_those_of_as_many_items_as_the_weights_say(items: list[tuple[int, int]]) -> None:
    values, weights = numpy.array(items, dtype=float).T
    counts = weights.astype(int)
    found = WeightedRanks(values).twice_below(counts[None])[0]
    repeated = 2 * rankdata(numpy.repeat(values, counts)) - 1
    assert numpy.repeat(found, counts).tolist() == repeated.tolist()


@given(items=ITEMS)
@searching
def test_ties_are_the_ordered_pairs_of_equal_units(items: list[tuple[int, int]]) -> None:
    values, weights = numpy.array(items, dtype=float).T
    units = numpy.repeat(values, weights.astype(int))
    found = WeightedTies(values).count(weights.astype(int)[None])
    assert found.tolist() == [int((units[:, None] == units).sum())]


@given(
    items=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)),
        min_size=1,
        max_size=25,
        unique_by=lambda item: item[:2],
    )
)
@searching
def test_inversions_are_the_pairs_of_units_in_opposite_orders(
    items: list[tuple[int, int, int]],
) -> None:
    first, second, weights = numpy.array(items).T
    expected = sum(
        one[2] * other[2]
        for one, other in itertools.combinations(items, 2)
        if (one[0] - other[0]) * (one[1] - other[1]) < 0
    )
    found = WeightedInversions(first.astype(float), second.astype(float)).count(weights[None])
    assert found.tolist() == [expected]


def test_each_resample_has_its_own_ranks() -> None:
    # Weights (1, 0, 2): below the first value 0 and half of 1; below the last 1 and half of 2.
    # Weights (0, 3, 0): nothing below any but the middle's own, which is all below the last.
    weights = numpy.array([[1, 0, 2], [0, 3, 0]])
    found = WeightedRanks(numpy.array([5.0, 6.0, 7.0])).twice_below(weights)
    assert found.tolist() == [[1, 2, 4], [0, 3, 6]]
