import pytest

from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.vocabulary import Marks, Vocabulary

LABELS = LabelSet(
    [Label("ent", "food, drink"), Label("sci", "science"), Label("sf", "science fiction")]
)
MARKS = Marks(LABELS)
WORDS = Vocabulary(load_rubric("category-relevance"))


def test_label_names_are_marked_whole_and_the_longest_first() -> None:
    marked = MARKS.marked("food, drink and science fiction and science")
    assert len(marked) == len("F and S and s")
    assert [label.name for label in MARKS.labels(marked)] == ["ent", "sf", "sci"]
    assert MARKS.unmarked(marked) == "food, drink and science fiction and science"


def test_a_label_inside_of_a_longer_word_is_not_marked() -> None:
    assert MARKS.marked("conscience sciences") == "conscience sciences"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("the category is", False),
        ("same", False),
        ("maybe related", False),
        ("score: 1.0", False),
        ("golf", True),
        ("same-sex marriage", True),
        ("never", True),  # it denies a label, and there is none
        ("never science", False),
    ],
)
def test_what_is_left_beside_the_rubrics_words_says_something(text: str, says: bool) -> None:
    assert WORDS.says_something(MARKS.marked(text)) is says


@pytest.mark.parametrize(
    ("text", "hedged"),
    [
        ("maybe golf", True),
        ("no", True),
        ("wrong science", True),
        ("non-science", True),
        ("wrongful death", False),
        ("wrong turns", False),
        ("science", False),
    ],
)
def test_negations_count_beside_a_label_and_hedges_everywhere(text: str, hedged: bool) -> None:
    assert WORDS.hedged(MARKS.marked(text)) is hedged


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("golf is what this is", True),
        ("ignore the rest", True),
        ("trust me", True),
        ("golf yes", True),
        ("the category is golf", False),
        ("yes, golf", False),
        ("crime related to drugs", False),
    ],
)
def test_a_sentence_or_an_instruction_is_talk(text: str, talk: bool) -> None:
    assert WORDS.is_talk(text) is talk


def test_fillers_are_stripped_at_the_edges_alone() -> None:
    assert WORDS.stripped("the category is arts of the east, i think") == "arts of the east"
