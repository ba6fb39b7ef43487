from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases.uniqueness import IdDigests
from evaluator.errors import DataUnusable


def noted(ids: list[str]) -> IdDigests:
    digests = IdDigests()
    for id_ in ids:
        digests.add(id_)
    return digests


@given(ids=st.lists(st.text("ab\ud800", max_size=3), max_size=30))
@searching
def test_ids_are_unique_or_the_first_repeated_one_is_named(ids: list[str]) -> None:
    digests = noted(ids)
    assert len(digests) == len(ids)
    repeated = [id_ for place, id_ in enumerate(ids) if id_ in ids[:place]]
    if not repeated:
        digests.require_unique(ids, "cases.csv")
        return
    with pytest.raises(DataUnusable) as caught:
        digests.require_unique(ids, "cases.csv")
    assert str(caught.value) == f"cases.csv has the id '{repeated[0]}' twice; ids must be unique."


def test_ids_are_read_again_only_where_two_look_alike() -> None:
    def unread() -> Iterator[str]:
        raise AssertionError
        yield ""

    noted([str(number) for number in range(10_000)]).require_unique(unread(), "cases.csv")


def test_different_ids_of_one_digest_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.cases.uniqueness._digest", lambda id_: 7)
    noted(["a", "b", "c"]).require_unique(["a", "b", "c"], "cases.csv")
    with pytest.raises(DataUnusable, match="the id 'b' twice"):
        noted(["a", "b", "b"]).require_unique(["a", "b", "b"], "cases.csv")
