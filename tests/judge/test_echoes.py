import pytest

from evaluator.judge.echoes import Echoes
from evaluator.judge.rubric_file import load_rubric

ENGLISH = Echoes(load_rubric("category-relevance"))
JAPANESE = Echoes(load_rubric("category-relevance-ja"))


@pytest.mark.parametrize(
    "sentences",
    [
        ["decide whether two topics belong to the same broad subject area"],
        ["please decide whether two names stand for the same topic"],
        ["two topics belong to the same broad subject area"],
        ["same broad subject area"],
        ["is golf related to chess", "yes"],
        ["is golf related to chess"],
        ["related to golf", "yes"],
        ["and golf mean the same", "answer: no"],
    ],
)
def test_the_rubrics_own_words_are_an_echo(sentences: list[str]) -> None:
    assert ENGLISH.among(sentences)[0]


@pytest.mark.parametrize(
    "sentences",
    [
        ["topics related to elections"],
        ["crime related to drugs", "it describes a trial"],
        ["subject area"],
        ["two topics"],
        ["golf"],
        [""],
        ["yes"],
    ],
)
def test_a_category_may_share_words_with_the_rubric(sentences: list[str]) -> None:
    assert not ENGLISH.among(sentences)[0]


@pytest.mark.parametrize(
    "sentences",
    [
        ["二つの話題が同じ大きな分野に属するかどうかを答えてください"],
        ["二つの名前が同じ話題を指す"],
        ["質問:「囲碁」と「野球」は関連していますか", "答え:はい"],
        ["「囲碁」と「野球」は同じ意味ですか", "答え:はい"],
    ],
)
def test_echoes_are_found_without_spaces(sentences: list[str]) -> None:
    assert JAPANESE.among(sentences)[0]


def test_only_the_sentence_that_repeats_is_an_echo() -> None:
    assert ENGLISH.among(["is golf related to chess", "golf"]) == [True, False]
