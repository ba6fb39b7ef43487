"""Which cases belong to a shard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases.shard import Shard


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
@given(case_id=st.text(), count=st.integers(1, 9))
def test_every_case_is_in_exactly_one_shard(case_id: str, count: int) -> None:
    assert sum(Shard(n, count).holds(case_id) for n in range(count)) == 1


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
