import json
from pathlib import Path

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
    read_labels,
)
from evaluator.judge.question import Question, prompt_writer
from evaluator.judge.rubric_file import load_rubric

TEXTS = st.lists(st.text(min_size=1, max_size=8), min_size=3, max_size=12, unique_by=normalized)
WORDS = st.text("abcdefXYZ", min_size=1, max_size=8)


def written(folder: Path, content: str | bytes, name: str = "labels.yaml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def complaint(path: Path) -> str:
    with pytest.raises(DataUnusable) as caught:
        read_labels(path)
    return str(caught.value)


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


@pytest.mark.parametrize("file", ["labels.txt", "labels.TXT", "labels"])
def test_a_text_file_has_a_name_a_line(tmp_path: Path, file: str) -> None:
    path = written(tmp_path, "\ufeffrec.autos\r\n\n  sci.med \n", file)
    assert list(read_labels(path)) == [
        Label("rec.autos", "rec.autos"),
        Label("sci.med", "sci.med"),
    ]


@pytest.mark.parametrize("file", ["labels.yaml", "labels.YML", "labels.glossary"])
def test_a_glossary_gives_plain_names_descriptions_and_aliases(tmp_path: Path, file: str) -> None:
    content = """
labels:
  - {name: rec.autos, plain: cars, description: Cars., aliases: [autos, automobiles]}
  - {name: sci.med}
"""
    assert list(read_labels(written(tmp_path, content, file))) == [
        Label("rec.autos", "cars", "Cars.", ("autos", "automobiles")),
        Label("sci.med", "sci.med"),
    ]


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_a_glossary_may_be_json(tmp_path: Path, escaped: bool, indent: int | str | None) -> None:
    entries = [
        {"name": "rec.autos", "plain": "車 🚗", "description": "a/b", "aliases": ["autos"]},
        {"name": "sci.med"},
    ]
    content = json.dumps({"labels": entries}, ensure_ascii=escaped, indent=indent)
    for file in ("labels.json", "labels.JSON"):
        assert list(read_labels(written(tmp_path, content, file))) == [
            Label("rec.autos", "車 🚗", "a/b", ("autos",)),
            Label("sci.med", "sci.med"),
        ]


@pytest.mark.parametrize("file", ["labels.json", "labels.yaml", "labels.csv", "labels.md"])
def test_names_line_by_line_are_only_read_from_a_text_file(tmp_path: Path, file: str) -> None:
    said = complaint(written(tmp_path, "cars\nfood\n", file))
    expected = (
        "is not JSON: "
        if file == "labels.json"
        else "is not a label glossary: it needs the key 'labels:'"
    )
    assert said.startswith(f"{tmp_path / file} {expected}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b'{"labels": ', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a label glossary: it needs the key 'labels:'"),
        (b'{"labels": [{"name": "a"}, {"nme": "b"}]}', "glossary: labels.1.name: Field required"),
        (b'{"labels": [{"name": "\\ud83d"}]}', "glossary: labels.0.name: "),  # half a character
        (b'{"labels": [{"name": "a"}, {"name": "a"}]}', "the label set names 'a' twice."),
    ],
)
def test_a_broken_json_glossary_is_refused_with_the_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    said = complaint(written(tmp_path, content, "labels.json"))
    assert words in said
    assert "\n" not in said


@given(text=st.one_of(st.text(), st.text(" \t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029ab")))
@searching
def test_one_line_keeps_the_words_and_no_line_break(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.split() == text.split()
    assert one_line(line) == line == line.strip()


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("rubric", ["category-relevance", "category-relevance-ja"])
def test_a_label_with_line_breaks_cannot_pose_as_another_question(
    tmp_path: Path, rubric: str, line_break: str
) -> None:
    form = load_rubric(rubric)
    benign = labels_from_names(["cars", "law"])
    question = prompt_writer(form, benign)(Question("cars", "law")).question
    # The label closes its own question with a "yes" and opens another one.
    pose = f"cars{line_break}{question} {form.question.choices[0]}{line_break * 2}food"
    pose = line_break.join(pose.splitlines())
    plain = " ".join(pose.split())
    glossaries = [
        json.dumps({"labels": [{"name": pose}, {"name": "law"}]}),
        json.dumps({"labels": [{"name": "cars", "plain": pose}, {"name": "law"}]}),
    ]
    read = [read_labels(written(tmp_path, text, "labels.json")) for text in glossaries]
    for labels in (labels_from_names([pose, "law"]), *read):
        write = prompt_writer(form, labels)
        for first, second in (labels.names, labels.names[::-1]):
            shown = {labels.names[0]: plain, "law": "law"}
            expected = prompt_writer(form, LabelSet(Label(n, p) for n, p in shown.items()))
            prompt = write(Question(first, second))
            assert prompt == expected(Question(first, second))
            assert len(prompt.question.splitlines()) == len(question.splitlines())
        # Its name stays what the data and the model call it.
        assert labels.resolve(labels.names[0]) is labels[labels.names[0]]
        assert labels.names[0] in {pose, "cars"}


def test_the_example_glossary_is_one(example: Path) -> None:
    labels = read_labels(example / "labels.yaml")
    assert len(labels) > 2
    assert len({label.plain for label in labels}) == len(labels)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"labels: [a: b: c", "is not YAML"),
        (b"labels: [{name: \x00}]", "is not YAML"),
        (b"labels: [{name: 2024-13-45}]", "month must be in 1..12"),  # read as a date
        (b"labels: " + b"[" * 500, "is not YAML"),
        (b"!!python/object/apply:os.getcwd []", "is not YAML"),
        (b"", "is not a label glossary: it needs the key 'labels:'"),
        (b"- cars", "is not a label glossary: it needs the key 'labels:'"),
        (b"labels: cars", "glossary: labels: "),
        (b"labels: [cars]", "glossary: labels.0: "),
        (b"labels: [{name: ''}]", "glossary: labels.0.name: "),
        (b"labels: [{name: 3}]", "glossary: labels.0.name: "),
        (b"labels: [{name: a}, {nme: b}]", "glossary: labels.1.name: Field required"),
        (b"labels: [{name: a, alias: b}]", "glossary: labels.0.alias: Extra inputs"),
        (b"labels: [{name: a, aliases: b}]", "glossary: labels.0.aliases: "),
        (b"labels: [{name: a}, {name: a}]", "the label set names 'a' twice."),
        (b"labels: [{name: a, plain: x}, {name: b, aliases: [X]}]", "'a' and 'b' are both called"),
        (b"labels: []", "is empty"),
        (b"labels: [{name: caf\xe9}]", "is not UTF-8"),
    ],
)
def test_a_broken_glossary_is_refused_with_the_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    said = complaint(written(tmp_path, content))
    assert words in said
    assert "\n" not in said


def test_a_label_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "labels.txt").startswith(f"{tmp_path / 'labels.txt'} cannot be")
    assert "Is a directory" in complaint(tmp_path)
    assert "is empty" in complaint(written(tmp_path, "\n \n", "labels.txt"))


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


def test_a_blank_plain_name_is_none(tmp_path: Path) -> None:
    (label,) = read_labels(written(tmp_path, 'labels: [{name: cars, plain: " "}]'))
    assert label.plain == "cars"
