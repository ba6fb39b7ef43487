import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.errors import DataUnusable
from evaluator.judge.labels import (
    Label,
    LabelPair,
    LabelSet,
    labels_from_names,
    normalized,
    one_line,
)

TEXTS = st.lists(st.text(min_size=1, max_size=8), min_size=3, max_size=12, unique_by=normalized)
WORDS = st.text("abcdefXYZ", min_size=1, max_size=8)


@given(text=st.text())
@searching
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)


def test_folding_settles_where_letter_case_makes_letters_that_combine() -> None:
    # "ß" folds to "ss", whose last s then combines with the accent.
    assert normalized("ß\u0301") == normalized(normalized("ß\u0301")) == "sś"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｃａｒｓ", "cars"),  # full-width letters
        ("ＲＥＣ．ＡＵＴＯＳ", "rec.autos"),
        ("ﬁshing", "fishing"),  # a ligature
        ("ℌobby", "hobby"),  # a letter that is a capital only once its width is folded
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("  talk_politics \u3000 guns\n", "talk politics guns"),
        ("talk\u00a0politics", "talk politics"),
        ('**"Cars."**', "cars"),
        ("it's", "it's"),
        ("C++", "c++"),
        ("_cars_", "cars"),
    ],
)
def test_width_case_spacing_and_edges_are_folded(text: str, folded: str) -> None:
    assert normalized(text) == folded


@given(texts=TEXTS)
@searching
def test_a_label_is_found_by_name_plain_name_and_alias(texts: list[str]) -> None:
    count = len(texts) // 3
    names, plains, aliases = (texts[start * count : (start + 1) * count] for start in range(3))
    labels = LabelSet(
        Label(name, plain, aliases=(alias,))
        for name, plain, alias in zip(names, plains, aliases, strict=True)
    )
    for place, label in enumerate(labels):
        assert labels.resolve(names[place]) is label
        assert labels.resolve(plains[place]) is label
        assert labels.resolve(aliases[place]) is label
        assert labels[names[place]] is label
    assert labels.names == tuple(names)


@given(names=st.lists(WORDS, min_size=1, max_size=6, unique_by=str.casefold), data=st.data())
@searching
def test_a_disguised_name_is_found_and_a_foreign_one_is_not(
    names: list[str], data: st.DataObject
) -> None:
    labels = labels_from_names(names)
    name = data.draw(st.sampled_from(names))
    for disguise in (name.upper(), f" {name.lower()}.\n", f"'{name}'", f"_{name}_"):
        assert labels.resolve(disguise) == Label(name, name)
    assert labels.resolve(f"{name} g") is None


def test_an_unknown_text_names_no_label() -> None:
    labels = labels_from_names(["cars", "cooking"])
    for text in ("boats", "", "car", "cars cooking"):
        assert labels.resolve(text) is None


@given(names=st.lists(WORDS, min_size=1, max_size=8, unique_by=str.casefold))
@searching
def test_pairs_are_all_unordered_pairs_in_the_sets_order(names: list[str]) -> None:
    labels = labels_from_names(names)
    pairs = list(labels.pairs())
    assert len(set(pairs)) == len(pairs) == len(names) * (len(names) - 1) // 2
    for pair in pairs:
        assert names.index(pair.first) < names.index(pair.second)
        assert labels.pair(pair.first, pair.second) == labels.pair(pair.second, pair.first) == pair


def test_a_set_needs_a_label() -> None:
    with pytest.raises(DataUnusable, match="label set is empty"):
        LabelSet([])


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(DataUnusable) as caught:
        labels_from_names(["food", "cars", "law", "cars", "food"])
    assert str(caught.value) == "the label set names 'food' twice."


@pytest.mark.parametrize(
    "labels",
    [
        [Label("cars", "cars"), Label("CARS", "motoring")],
        [Label("a", "cars"), Label("b", "Ｃars")],
        [Label("a", "a", aliases=("cars",)), Label("cars", "autos")],
        [Label("a", "a", aliases=("x",)), Label("b", "b", aliases=("X.",))],
    ],
)
def test_two_labels_that_share_a_text_are_both_named(labels: list[Label]) -> None:
    with pytest.raises(DataUnusable) as caught:
        LabelSet(labels)
    said = str(caught.value)
    assert f"'{labels[0].name}' and '{labels[1].name}' are both called" in said


def test_a_label_may_repeat_its_own_texts() -> None:
    labels = LabelSet([Label("cars", "Cars", aliases=("CARS", "cars."))])
    assert labels.resolve("cars") == next(iter(labels))


@given(text=st.one_of(st.text(), st.text(" \t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029ab")))
@searching
def test_one_line_keeps_the_words_and_no_line_break(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.split() == text.split()
    assert one_line(line) == line == line.strip()


def test_a_pair_is_unordered_only_through_its_set() -> None:
    labels = labels_from_names(["b", "a"])
    assert labels.pair("a", "b") == LabelPair("b", "a")


def test_a_whole_number_is_a_class_index_unless_a_label_is_called_so() -> None:
    topics = labels_from_names(["cars", "cooking", "7"])
    assert topics.resolve("1") is topics["cooking"]
    assert topics.resolve("7") is topics["7"]
    for text in ("3", "-1", "01", "1.0", "１"):
        assert topics.resolve(text) is None


def test_japanese_labels_are_folded_like_others() -> None:
    topics = labels_from_names(["ITライフハック", "家電チャンネル", "スポーツ"])
    assert topics.resolve("ＩＴライフハック") is topics["ITライフハック"]
    assert topics.resolve(" ｽﾎﾟｰﾂ ") is topics["スポーツ"]
