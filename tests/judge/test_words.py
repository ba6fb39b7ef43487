import pytest

from evaluator.judge.words import any_of


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["art"], "state of the art.", ["art"]),
        (["art"], "party arts", []),
        (["art"], "artの話", ["art"]),  # Japanese beside a Latin word is not part of it
        (["芸術"], "現代芸術家", ["芸術"]),  # a word of a script without spaces has no edges
        (["related", "not related"], "not related, related", ["not related", "related"]),
        (["a.b"], "a.b axb", ["a.b"]),
        (["über"], "über übersee", ["über"]),
        ([""], "anything", []),
        ([], "anything", []),
    ],
)
def test_whole_words_are_found_the_longest_first(
    words: list[str], text: str, found: list[str]
) -> None:
    assert any_of(words).findall(text) == found
