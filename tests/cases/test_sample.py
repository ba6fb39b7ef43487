import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases import Case, CasesAt, FirstCases, stratified_sample


@dataclass
class Watched:
    """Cases with single letters for gold labels, and how far they were read.

    Attributes:
        golds: The labels.
        read: Cases handed out in the last reading.
    """

    golds: str
    read: int = 0

    def __iter__(self) -> Iterator[Case]:
        self.read = 0
        for number, gold in enumerate(self.golds):
            self.read += 1
            yield Case(str(number), f"text {number}", gold)

    def __str__(self) -> str:
        return f"the cases {self.golds}"


def cases_of(golds: str) -> list[Case]:
    return list(Watched(golds))


def sampled(golds: str, size: int, seed: int) -> list[Case]:
    return list(stratified_sample(Watched(golds), size, seed))


def sample_of_a_list(cases: list[Case], size: int, seed: int) -> list[Case]:
    """The definition of the sample, with all cases at hand."""
    if size >= len(cases):
        return cases
    by_gold: dict[str, list[int]] = defaultdict(list)
    for position, case in enumerate(cases):
        by_gold[case.gold].append(position)
    quotas = {gold: Fraction(size * len(by_gold[gold]), len(cases)) for gold in by_gold}
    counts = {gold: int(quota) for gold, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda gold: counts[gold] - quotas[gold])
    for gold in by_remainder[: size - sum(counts.values())]:
        counts[gold] += 1
    draw = random.Random(seed)
    chosen: list[int] = []
    for gold, members in by_gold.items():
        chosen += draw.sample(members, counts[gold])
    return [cases[position] for position in sorted(chosen)]


def counts(sample: list[Case]) -> dict[str, int]:
    return dict(Counter(case.gold for case in sample))


@given(golds=st.text("abcde", min_size=1, max_size=60), data=st.data())
@searching
def test_a_sample_keeps_size_shares_and_order(golds: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(golds) + 3))
    seed = data.draw(st.integers(0, 2**32))
    cases = cases_of(golds)
    sample = sampled(golds, size, seed)
    assert len(sample) == min(size, len(cases))
    positions = [int(case.id) for case in sample]
    assert positions == sorted(set(positions))  # a subset in source order
    assert sample == [cases[position] for position in positions]
    assert sample == sampled(golds, size, seed) == sample_of_a_list(cases, size, seed)
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
    assert counts(sampled(golds, size, seed=0)) == expected


def test_every_case_of_a_label_is_drawn_equally_often() -> None:
    drawn = Counter(case.id for seed in range(1_000) for case in sampled("a" * 10, 3, seed))
    # Each is drawn with 3/10: 300 expected, standard deviation √(1000·0.3·0.7) = 14.5; 5 of them.
    assert all(abs(drawn[str(number)] - 300) < 73 for number in range(10))


def test_the_seed_decides_the_draw() -> None:
    samples = {tuple(case.id for case in sampled("ab" * 50, 10, seed)) for seed in range(9)}
    assert len(samples) == 9


def test_sampling_leaves_the_global_random_state_alone() -> None:
    random.seed(7)
    state = random.getstate()
    sampled("abab", 2, seed=1)
    assert random.getstate() == state


def test_a_sample_is_read_anew_each_time_and_no_further_than_its_last_case() -> None:
    source = Watched("abcdef")
    cases = CasesAt(source, [1, 3])
    assert [case.gold for case in cases] == [case.gold for case in cases] == ["b", "d"]
    assert source.read == 4
    assert list(CasesAt(source, [])) == []


def test_a_source_that_became_shorter_gives_fewer_cases() -> None:
    assert [case.gold for case in CasesAt(Watched("abc"), [1, 3, 4])] == ["b"]


def test_the_first_cases_are_read_and_no_more() -> None:
    source = Watched("abcd")
    first = FirstCases(source, 2)
    assert [case.gold for case in first] == [case.gold for case in first] == ["a", "b"]
    assert source.read == 2
    assert list(FirstCases(Watched("ab"), 5)) == cases_of("ab")


def test_messages_call_a_sample_by_its_source() -> None:
    source = Watched("ab")
    for cases in (FirstCases(source, 1), CasesAt(source, [0]), stratified_sample(source, 1, 0)):
        assert str(cases) == "the cases ab"
