import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases import Case, first_cases, stratified_sample


def cases_of(golds: str) -> list[Case]:
    return [Case(str(number), f"text {number}", gold) for number, gold in enumerate(golds)]


def counts(sample: list[Case]) -> dict[str, int]:
    return dict(Counter(case.gold for case in sample))


@given(golds=st.text("abcde", min_size=1, max_size=60), data=st.data())
@searching
def test_a_sample_keeps_size_shares_and_order(golds: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(golds) + 3))
    seed = data.draw(st.integers(0, 2**32))
    cases = cases_of(golds)
    sample = stratified_sample(cases, size, seed)
    assert len(sample) == min(size, len(cases))
    positions = [int(case.id) for case in sample]
    assert positions == sorted(set(positions))  # a subset in source order
    assert sample == [cases[position] for position in positions]
    assert sample == stratified_sample(cases, size, seed)
    for gold, members in counts(cases).items():
        exact = Fraction(len(sample) * members, len(cases))
        assert abs(counts(sample).get(gold, 0) - exact) < 1


@pytest.mark.parametrize(
    ("golds", "size", "expected"),
    [
        # Quotas 2.5 and 2.5: the tie goes to the label met first.
        ("bbbbaaaa", 5, {"b": 3, "a": 2}),
        # Quotas 1.8, 0.6, 0.6: b and c are rounded up before a.
        ("aaaaaabbcc", 3, {"a": 2, "b": 1}),
        # Quotas 16/3, 4/3, 16/3: equal remainders of 1/3, so the one left goes to a, met first.
        ("a" * 8 + "b" * 2 + "c" * 8, 12, {"a": 6, "b": 1, "c": 5}),
        ("abc", 3, {"a": 1, "b": 1, "c": 1}),
        ("aab", 0, {}),
    ],
)
def test_shares_are_rounded_by_largest_remainder(
    golds: str, size: int, expected: dict[str, int]
) -> None:
    assert counts(stratified_sample(cases_of(golds), size, seed=0)) == expected


def test_every_case_of_a_label_is_drawn_equally_often() -> None:
    cases = cases_of("a" * 10)
    drawn = Counter(case.id for seed in range(1_000) for case in stratified_sample(cases, 3, seed))
    # Each is drawn with 3/10: 300 expected, standard deviation √(1000·0.3·0.7) = 14.5; 5 of them.
    assert all(abs(drawn[case.id] - 300) < 73 for case in cases)


def test_the_seed_decides_the_draw() -> None:
    cases = cases_of("ab" * 50)
    samples = {tuple(case.id for case in stratified_sample(cases, 10, seed)) for seed in range(9)}
    assert len(samples) == 9


def test_sampling_leaves_the_global_random_state_alone() -> None:
    random.seed(7)
    state = random.getstate()
    stratified_sample(cases_of("abab"), 2, seed=1)
    assert random.getstate() == state


def test_the_first_cases_are_read_and_no_more() -> None:
    source = iter(cases_of("abcd"))
    assert [case.gold for case in first_cases(source, 2)] == ["a", "b"]  # type: ignore[arg-type]
    assert next(source).gold == "c"
    assert first_cases(cases_of("ab"), 5) == cases_of("ab")  # type: ignore[arg-type]
