"""How much a mean over pairs rests on single labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.statistics.jackknife import label_error

TRIANGLE = [("a", "b"), ("a", "c"), ("b", "c")]


def test_each_label_is_left_out_with_all_of_its_pairs() -> None:
    # Without a only (b, c) is left: 0.9; without b 0.4; without c 0.2. Their mean is 0.5 and their
    # squared distances to it 0.16, 0.01 and 0.09: sqrt(2/3 · 0.26) = 0.41633.
    assert label_error(TRIANGLE, [0.2, 0.4, 0.9], [5, 1, 2]) == pytest.approx(0.4163332)


def test_counts_weigh() -> None:
    pairs = [*TRIANGLE, ("a", "d")]
    values, counts = [0.0, 1.0, 0.0, 1.0], [1, 3, 4, 2]
    # Without a: 0. Without b: 1. Without c: (0·1 + 1·2)/3 = 2/3. Without d: 3/8.
    means = [0.0, 1.0, 2 / 3, 3 / 8]
    centre = sum(means) / 4
    expected = (3 / 4 * sum((mean - centre) ** 2 for mean in means)) ** 0.5
    assert label_error(pairs, values, counts) == pytest.approx(expected)


@pytest.mark.parametrize("pairs", [[], [("a", "b")], [("a", "b"), ("a", "c"), ("a", "d")]])
def test_too_few_labels_or_one_in_every_pair_tell_nothing(pairs: list[tuple[str, str]]) -> None:
    assert label_error(pairs, [0.5] * len(pairs), [1] * len(pairs)) is None


@given(value=st.floats(0, 1), counts=st.lists(st.integers(1, 9), min_size=3, max_size=3))
@searching
def test_equal_values_rest_on_no_label(value: float, counts: list[int]) -> None:
    assert label_error(TRIANGLE, [value] * 3, counts) == pytest.approx(0.0, abs=1e-12)
