"""Which cases belong to a shard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases import Case
from evaluator.cases.shard import CasesOfShard, Shard


class Listed(list[Case]):
    def __str__(self) -> str:
        return "listed cases"


@pytest.mark.parametrize(
    ("case_id", "index"),
    # `printf 7 | sha256sum` ends in 1, whose last three bits are 001; that of a in b, 1011.
    [("7", 1), ("a", 3)],
)
def test_a_case_belongs_to_the_shard_that_the_digest_of_its_id_says(
    case_id: str, index: int
) -> None:
    assert [n for n in range(8) if Shard(n, 8).holds(case_id)] == [index]


@searching
@given(ids=st.lists(st.text(), unique=True), count=st.integers(1, 9))
def test_every_case_is_in_exactly_one_shard_and_keeps_its_order(ids: list[str], count: int) -> None:
    cases = Listed(Case(one, "text", "gold") for one in ids)
    parts = [[case.id for case in CasesOfShard(cases, Shard(n, count))] for n in range(count)]
    assert sorted(one for part in parts for one in part) == sorted(ids)
    assert all(part == sorted(part, key=ids.index) for part in parts)


@searching
@given(count=st.integers(1, 512), data=st.data())
def test_what_is_written_is_read(count: int, data: st.DataObject) -> None:
    shard = Shard(data.draw(st.integers(0, count - 1)), count)
    assert Shard.parse(shard.written) == shard


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "written as I/N"),
        ("1", "written as I/N"),
        ("-1/2", "written as I/N"),
        ("0/0", "1 to 512 shards"),
        ("0/513", "1 to 512 shards"),
        ("2/2", "numbered from 0 to 1"),
        ("１/2", "written as I/N"),
    ],
)
def test_what_is_no_shard_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Shard.parse(text)
