import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.batching import token_budget_batches

LENGTHS = st.lists(st.integers(0, 100), max_size=60)


@given(lengths=LENGTHS, budget=st.integers(1, 300))
@searching
def test_every_position_is_in_one_batch_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(token_budget_batches(lengths, budget))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[position] for position in batch)
        assert padded <= budget or len(batch) == 1


@given(lengths=LENGTHS, budget=st.integers(1, 300))
@searching
def test_the_longest_texts_come_first(lengths: list[int], budget: int) -> None:
    order = [p for batch in token_budget_batches(lengths, budget) for p in batch]
    assert [lengths[position] for position in order] == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("lengths", "budget", "expected"),
    [
        ([], 10, []),
        # 7 alone (2·7 > 10); 5 and 5 make 10; 3, 3, 1 make 9.
        ([3, 5, 7, 3, 5, 1], 10, [[2], [1, 4], [0, 3, 5]]),
        ([20, 20], 10, [[0], [1]]),  # longer than the budget: each on its own
        ([0, 0, 0], 2, [[0, 1], [2]]),  # a text without tokens takes the room of one
    ],
)
def test_batches_are_as_full_as_the_budget_allows(
    lengths: list[int], budget: int, expected: list[list[int]]
) -> None:
    assert list(token_budget_batches(lengths, budget)) == expected
