from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.report.case_line import CaseLine
from evaluator.report.html import case_digest
from evaluator.report.html.case_digest import digest_cases


def case(number: int, *, right: bool) -> CaseLine:
    return CaseLine(
        id=str(number),
        gold="a",
        predicted="a" if right else "b",
        confidence=None,
        score=1.0 if right else 0.2,
        level=None,
        p_related=None,
        p_same=None,
        flags=("judged",),
        excerpt=f"article {number}",
    )


@searching
@given(rights=st.lists(st.booleans(), max_size=30), room=st.integers(1, 12))
def test_of_too_many_cases_the_misses_are_kept_and_all_in_order(
    rights: list[bool], room: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_digest, "SHOWN_CASES", room)
        cases = [case(number, right=right) for number, right in enumerate(rights)]
        digest = digest_cases(iter(cases), set())
    shown = [int(one.id) for one in digest.shown]
    assert digest.total == len(cases)
    assert len(shown) == min(room, len(cases))
    assert shown == sorted(shown)
    misses = [number for number, right in enumerate(rights) if not right][:room]
    assert set(misses) <= set(shown)


def test_examples_are_the_first_articles_of_a_wanted_confusion() -> None:
    cases = [case(number, right=False) for number in range(5)]
    digest = digest_cases(cases, {("a", "b")})
    assert [one.excerpt for one in digest.examples["a", "b"]] == [
        "article 0",
        "article 1",
        "article 2",
    ]
    assert digest_cases(cases, set()).examples == {}


def test_a_text_is_an_example_of_what_it_says(line: Callable[..., CaseLine]) -> None:
    text = line(predicted="Score: 1.0!", said="(no category)", excerpt="An article.")
    digest = digest_cases([text, line(excerpt="Another.")], {("a", "(no category)")})
    assert digest.examples == {("a", "(no category)"): (text,)}
