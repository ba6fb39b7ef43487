"""Cosines of vectors without their common part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.judge.similarity import Similarity

NUMBERS = st.floats(-10, 10).map(lambda number: round(number, 3))
VECTORS = st.lists(NUMBERS, min_size=3, max_size=3)


def test_what_all_vectors_share_counts_for_nothing() -> None:
    near = Similarity(
        {"a": (101.0, 0.0), "b": (102.0, 0.0), "c": (100.0, 3.0), "m": (100.0, 0.0)}, "m"
    )
    # Less the mean (100, 0) they are (1, 0), (2, 0) and (0, 3).
    assert near.cosine("a", "b") == pytest.approx(1.0)
    assert near.cosine("a", "c") == pytest.approx(0.0)


def test_a_text_that_is_the_mean_itself_is_near_nothing() -> None:
    near = Similarity({"a": (1.0, 2.0), "b": (2.0, 2.0)}, ["a"])
    assert near.cosine("a", "b") == 0.0


@given(vectors=st.lists(VECTORS, min_size=2, max_size=6), shift=VECTORS)
@searching
def test_a_cosine_is_symmetric_bounded_and_the_same_wherever_the_origin_is(
    vectors: list[list[float]], shift: list[float]
) -> None:
    named = {str(at): vector for at, vector in enumerate(vectors)}
    moved = {
        name: [one + by for one, by in zip(vector, shift, strict=True)]
        for name, vector in named.items()
    }
    near, other = Similarity(named, named), Similarity(moved, moved)
    for first in named:
        for second in named:
            found = near.cosine(first, second)
            assert abs(found) <= 1 + 1e-9
            assert found == near.cosine(second, first)
    spread = max(
        abs(one - two) for a in vectors for b in vectors for one, two in zip(a, b, strict=True)
    )
    if spread > 0.1:
        assert other.cosine("0", "1") == pytest.approx(near.cosine("0", "1"), abs=1e-3)
