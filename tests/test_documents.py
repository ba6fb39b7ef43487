import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.documents import (
    NotADocument,
    compose_documents,
    line_of,
    parse_document,
    shown,
)

JSON, YAML = Path("d.json"), Path("d.yaml")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=10,
)


@searching
@given(VALUES)
def test_what_was_written_is_read(value: Any) -> None:
    assert parse_document(JSON, json.dumps(value)) == value
    assert parse_document(YAML, yaml.safe_dump(value)) == value


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (JSON, '{"seed": 1, "seed": 2}'),
        (JSON, '{"labels": [{"name": "a", "seed": 1, "seed": 1}]}'),
        (YAML, "seed: 1\nseed: 2\n"),
        (YAML, "labels:\n  - {name: a, seed: 1, seed: 1}\n"),
        (YAML, "seed: 1\n'seed': 2\n"),
    ],
)
def test_a_key_given_twice_is_an_error(path: Path, content: str) -> None:
    with pytest.raises(NotADocument, match=f"{path} is not .*the key 'seed' is given twice"):
        parse_document(path, content)


@pytest.mark.parametrize(
    ("path", "content"),
    [(YAML, "a: 1\nb: 2\na: 3\n"), (JSON, '{\n"b": {"c": 2},\n"a": 1,\t"a": 3}')],
)
def test_a_repeated_key_is_shown_with_its_line(path: Path, content: str) -> None:
    with pytest.raises(NotADocument, match="the key 'a' is given twice on line 3, column"):
        parse_document(path, content)


def test_a_repeated_key_in_json_that_yaml_cannot_read_is_told_without_its_line() -> None:
    with pytest.raises(NotADocument) as caught:
        parse_document(JSON, '{"a": "\x7f", "a": 2}')
    assert str(caught.value) == "d.json is not JSON: the key 'a' is given twice."


def test_what_cannot_be_parsed_is_shown_with_its_line_and_what_it_is_part_of() -> None:
    with pytest.raises(NotADocument) as caught:
        parse_document(YAML, "a: 1\nb: [1,\n  2}\n")
    assert str(caught.value) == (
        "d.yaml is not YAML: expected ',' or ']', but got '}' on line 3, column 4, while parsing a "
        "flow sequence on line 2, column 4."
    )


def test_a_character_that_yaml_forbids_is_shown_with_its_line() -> None:
    with pytest.raises(NotADocument) as caught:
        parse_document(YAML, "a: 1\nb: '\x1b'\n")
    assert str(caught.value) == (
        "d.yaml is not YAML: a control character is not allowed, on line 2."
    )


def test_a_merged_mapping_may_be_overridden_in_yaml() -> None:
    content = "base: &base {a: 1, b: 2}\nown: {<<: *base, a: 3}\n"
    assert parse_document(YAML, content)["own"] == {"a": 3, "b": 2}


@pytest.mark.parametrize("content", ["{", "[1,]", "", "[" * 100_000])
def test_broken_json_is_one_sentence(content: str) -> None:
    with pytest.raises(NotADocument) as caught:
        parse_document(JSON, content)
    assert str(caught.value).startswith("d.json is not JSON: ")
    assert "\n" not in str(caught.value)


WORDS = ["yes", "no", "on", "off", "true", "False", "NO"]


@pytest.mark.parametrize("word", WORDS)
def test_bare_words_are_booleans_only_where_they_may_be(word: str) -> None:
    content = f"{word}: [{word}, 1, null]\n"
    assert isinstance(parse_document(YAML, content)[word.lower() in {"yes", "on", "true"}], list)
    assert parse_document(YAML, content, booleans=False) == {word: [word, 1, None]}


LINES = """\
# a remark
name: one

parts:
  - a: 1
    b: |
      text
      more
  - {a: 3,
     b: 4}
copy: &all
  c: 5
other: *all
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("name",), 2),
        (("parts",), 4),
        (("parts", 0), 5),
        (("parts", 0, "b"), 6),
        (("parts", 1, "b"), 10),
        (("other",), 13),
        (("other", "c"), 12),
        (("nothing",), 1),
        (("parts", 0, "nothing"), 5),
        (("parts", 7), 4),
        (("name", 0), 2),
        (("name", "nothing", "more"), 2),
    ],
)
def test_a_part_is_found_on_its_line(place: tuple[str | int, ...], line: int) -> None:
    assert line_of(LINES, place) == line


def test_lines_are_found_in_json_too() -> None:
    content = '{\n\t"name":\t"a",\n\t"parts": [\n\t\t{"a": "\\u3042"}\n\t]\n}\n'
    assert parse_document(JSON, content)["parts"] == [{"a": "あ"}]
    assert line_of(content, ("parts", 0, "a")) == 4
    assert line_of('{\n"a": "\x7f"}', ("a",)) == 1  # YAML does not read this character


BMP_TEXT = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1, max_size=40
)
"""What is a key to YAML as well: to it, the two escapes of a character beyond are two characters,
and no key has a thousand."""


@searching
@given(st.dictionaries(BMP_TEXT, st.lists(st.integers(), min_size=1), min_size=1))
def test_every_key_is_found_on_the_line_that_names_it(value: dict[str, list[int]]) -> None:
    for content in (json.dumps(value, indent=1), json.dumps(value, indent="\t")):
        lines = content.splitlines()
        for key in value:
            assert lines[line_of(content, (key, 0)) - 2].strip() == f"{json.dumps(key)}: ["


def test_the_documents_of_a_text_are_composed_apart() -> None:
    first, second = compose_documents("a: 1\n---\n- b\n")
    assert (first.start_mark.line, second.start_mark.line) == (0, 2)
    assert compose_documents("# nothing\n") == []


@pytest.mark.parametrize(
    ("content", "line"),
    [("a: 1\nb: [\n", 3), ("a: 1\n\nb: \x07\n", 3), ('a: "\\UFFFFFFFF"', 1), ("[" * 3_000, 1)],
)
def test_what_cannot_be_composed_has_a_line(content: str, line: int) -> None:
    with pytest.raises(NotADocument) as caught:
        compose_documents(content)
    assert caught.value.line == line


def test_an_escape_of_no_character_is_no_document() -> None:
    with pytest.raises(NotADocument, match="file is not YAML"):
        parse_document(Path("file"), 'a: "\\UFFFFFFFF"')


@pytest.mark.parametrize(
    "value", ["!!timestamp 'x'", "!!int ''", "!!bool 'x'", "!!float '_'", "!!binary x"]
)
def test_a_value_that_does_not_fit_its_tag_is_no_document(value: str) -> None:
    with pytest.raises(NotADocument, match=r"d\.yaml is not YAML"):
        parse_document(YAML, f"a: {value}\n")


def laughs(levels: int) -> str:
    """Lists of ten times the list before, which is 600 bytes of text for 10 to the 7."""
    lines = ["  - &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "name:\n" + "\n".join(lines)


@pytest.mark.parametrize("content", [laughs(7), laughs(100), "a: &a [*a]", "a: &a {b: *a}"])
def test_aliases_that_stand_for_endless_parts_are_refused_at_once(content: str) -> None:
    with pytest.raises(NotADocument, match="its aliases repeat too much"):
        parse_document(YAML, content)


def test_aliases_as_people_use_them_and_long_documents_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert parse_document(YAML, laughs(3))["name"][1][9] == ["x"] * 10
    monkeypatch.setattr("evaluator.documents.MOST_REPEATED", 9)
    assert parse_document(YAML, "- a\n" * 99) == ["a"] * 99


def test_brackets_without_end_are_refused_before_they_take_seconds() -> None:
    assert parse_document(YAML, "[" * 100 + "]" * 100)
    with pytest.raises(NotADocument, match="more than 100 brackets within each other"):
        parse_document(YAML, "[" * 101 + "]" * 101)


@pytest.mark.parametrize("value", ["x" * 10**6, ["x" * 10**6] * 99, 10**4000, [[[[1]]]], {1: {}}])
def test_a_value_is_shown_in_few_characters(value: object) -> None:
    assert len(shown(value)) <= 61
    assert shown("short") == "'short'"


@pytest.mark.parametrize(
    "number",
    [
        *("0x" + "f" * 6_000, "0b" + "1" * 20_000, "-0" + "7" * 9_000, "9" * 5_000),
        *("1_" * 3_000 + "1", "1:" * 300_000 + "1", "1:" * 300_000 + "1.5", "1" * 2_000 + ".5"),
    ],
    ids=lambda number: number[:4] + number[-2:],
)
def test_a_number_without_end_is_refused_at_once(number: str) -> None:
    for booleans in (True, False):
        for content in (f"a: {number}", f"? {number}\n: a", f"a: [!!int '{number}']"):
            with pytest.raises(NotADocument, match="a number of more than 1,000 digits on line 1"):
                parse_document(YAML, content, booleans=booleans)


def test_numbers_of_yaml_are_read_and_a_time_of_day_stays_a_text() -> None:
    read = parse_document(YAML, "[1_000, -0x1F, 0b11, 0o7, 1.5e+3, 1:30, 1:30:00.5, 0, '1']")
    assert read == [1000, -31, 3, "0o7", 1500.0, "1:30", "1:30:00.5", 0, "1"]
    assert [type(one) for one in read[:2] + read[4:5] + read[7:8]] == [int, int, float, int]


def test_a_number_that_python_does_not_write_out_is_shown_nevertheless() -> None:
    assert shown(2**20_000) == shown([{"a": -(2**20_000)}]) == "a number without end"
