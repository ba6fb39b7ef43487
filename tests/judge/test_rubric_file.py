import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.errors import ConfigError
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric, rubric_names, rubric_text

BUILT_IN = ["category-relevance", "category-relevance-ja"]

MINE = """\
name: mine
language: de
criteria: Ob die Rubriken verwandt sind.
base_rate: 0.15
levels: {same: 1, related: 0.4, unrelated: 0}
question:
  instruction: Sind die Themen verwandt?
  item: "{{ first }} und {{ second }}:"
  answers: {yes: [Ja], no: [Nein]}
  examples:
    - {first: Geige, second: Klavier, answer: yes}
    - {first: Schach, second: Botanik, answer: no}
further_forms:
  - name: short
    instruction: Verwandt?
    item: "{{ first }}, {{ second }}?"
free_text:
  same:
    instruction: Ist es dasselbe?
    item: "{{ first }} = {{ second }}?"
  penalties: {ambiguous: 0.5, extra_category: 0.2}
  hedges: [oder, on]
  fillers: [die]
reason:
  instruction: Warum?
  because: {yes: "Ja, denn", no: "Nein, denn"}
  examples:
    - {first: Geige, second: Klavier, answer: yes, reason: beide klingen.}
"""


def written(folder: Path, content: str, name: str = "mine.yaml") -> str:
    path = folder / name
    path.write_text(content, "utf-8")
    return str(path)


def complaint(folder: Path, old: str, new: str) -> str:
    """What is said of the rubric with one change, without the path."""
    assert old in MINE
    path = written(folder, MINE.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_rubric(path)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(path)
    return said.removeprefix(path)


def test_the_built_in_rubrics_are_listed() -> None:
    assert rubric_names() == BUILT_IN
    assert [load_rubric(name).name for name in BUILT_IN] == BUILT_IN


def test_an_unknown_name_lists_those_there_are_and_says_how_a_file_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        load_rubric("other")
    assert str(caught.value) == (
        f"there is no rubric 'other'; there is: {', '.join(BUILT_IN)}, and any file of yours by "
        "its path (NAME.yaml)."
    )


def test_a_users_rubric_is_read_by_its_path(tmp_path: Path) -> None:
    rubric = load_rubric(written(tmp_path, MINE))
    assert (rubric.name, rubric.language, rubric.base_rate) == ("mine", "de", 0.15)
    assert [form.name for form in rubric.forms] == ["question", "short"]


def test_bare_words_are_words(tmp_path: Path) -> None:
    rubric = load_rubric(written(tmp_path, MINE))
    assert (rubric.question.answers.yes, rubric.question.answers.no) == (("Ja",), ("Nein",))
    assert [example.answer for example in rubric.question.examples] == ["yes", "no"]
    assert rubric.free_text.hedges == ("oder", "on")


def test_a_rubric_may_be_json(tmp_path: Path) -> None:
    rubric = load_rubric(written(tmp_path, MINE))
    assert load_rubric(written(tmp_path, rubric.model_dump_json(), "mine.json")) == rubric


def test_a_path_is_known_by_its_separator_or_its_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, MINE)
    written(tmp_path, MINE, "bare")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in ("mine.yaml", "./mine.yaml", "./bare", "~/mine.yaml"):
        assert load_rubric(path).name == "mine"
    with pytest.raises(ConfigError, match="there is no rubric 'bare'"):
        load_rubric("bare")
    with pytest.raises(ConfigError, match=r"the rubric category-relevance\.yml cannot be read"):
        load_rubric("category-relevance.yml")


@pytest.mark.parametrize("name", ["../rubric", "a/b", "nowhere.json", "\0.yaml", "."])
def test_a_file_that_cannot_be_read_is_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rubric(f"{tmp_path}/{name}")
    assert "cannot be read: " in str(caught.value)


def test_a_file_that_is_not_utf_8_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: \xff")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_rubric(str(path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: mine", "name: a b", ", line 1: name cannot be 'a b': string should match pattern"),
        ("criteria:", "critera:", ", line 3: the rubric has the unknown key 'critera'; did you "),
        ("related: 0.4", "related: 2", ", line 5: levels.related cannot be 2: "),
        (", related: 0.4", "", ", line 5: levels lacks 'related'."),
        ("related: 0.4", "related: 1", ", line 5: levels: levels must fall: same > related > unr"),
        ("base_rate: 0.15\n", "", ", line 1: the rubric lacks 'base_rate'."),
        ("base_rate: 0.15", "base_rate: 1", ", line 4: base_rate cannot be 1: input should be "),
        ("  instruction: Sind", "  instrution: Sind", ", line 7: question has the unknown key 'in"),
        ("{{ first }} und", "{{ frist }} und", ", line 8: question.item: the item '{{ frist }} u"),
        ("{{ first }} und", "und", ", line 8: question.item: the item 'und {{ second }}:' does no"),
        ("{yes: [Ja], no: [Nein]}", "{yes: [Ja]}", ", line 9: question.answers lacks 'no'."),
        ("[Nein]", "[Nein, JA]", ", line 9: question.answers: 'ja' cannot mean both yes and no."),
        ("answer: no}", "answer: nein}", ", line 12: question.examples.1.answer cannot be 'nein'"),
        ("second: Botanik", "zweite: Botanik", ", line 12: question.examples.1 has the unknown k"),
        ("  - name: short", "  - name: question", ", line 13: further_forms: two forms are called"),
        ("{{ second }}?", "{% if %}", ", line 16: further_forms.0.item: the item '{{ first }}, {"),
        ("  same:", "  sane:", ", line 18: free_text has the unknown key 'sane'; did you mean 's"),
        ("{{ first }} =", "{{ first.x }} =", ", line 20: free_text.same.item: the item '{{ first"),
        ("[oder, on]", "[oder, 1]", ", line 22: free_text.hedges.1 cannot be 1: input should be "),
        ("[oder, on]", "oder", ", line 22: free_text.hedges cannot be 'oder': input should be a v"),
        (
            "  fillers:",
            "  wörter:",
            ", line 23: free_text has the unknown key 'wörter'; its keys a",
        ),
        (
            "  because:",
            "  becuase:",
            ", line 26: reason has the unknown key 'becuase'; did you mean",
        ),
        (', no: "Nein, denn"', "", ", line 26: reason.because lacks 'no'."),
        ("reason: beide", "raeson: beide", ", line 28: reason.examples.0 has the unknown key 'rae"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert complaint(tmp_path, old, new).startswith(said)


def test_a_long_value_is_cut_in_what_is_told(tmp_path: Path) -> None:
    said = complaint(tmp_path, "[oder, on]", "x" * 1000)
    assert f"cannot be '{'x' * 59}…: " in said


def test_a_hostile_value_cannot_steer_a_terminal(tmp_path: Path) -> None:
    for old, new in (("[oder, on]", r'"\e[2J"'), ("  fillers:", r'  "\e[2J":')):
        assert "\x1b" not in complaint(tmp_path, old, new)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: 1\nb: [\n", "is not YAML: .* line 3, column 1"),
        ("name: a\nlanguage: de\nname: b\n", "the key 'name' is given twice .* line 3, column 1"),
        ("- a\n", "line 1: a rubric is written as key: value pairs"),
        ("", "line 1: a rubric is written as key: value pairs"),
        ("1: a\n", "line 1: "),
        ("--- a\n--- b\n", "is not YAML: .*line 2"),
    ],
)
def test_what_is_no_rubric_at_all_is_told_with_its_line(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_rubric(written(tmp_path, content))


def test_the_lines_of_json_are_told_too(tmp_path: Path) -> None:
    rubric = load_rubric(written(tmp_path, MINE)).model_dump(mode="json")
    content = json.dumps({**rubric, "base_rate": 7}, indent="\t")
    line = 1 + next(n for n, text in enumerate(content.splitlines()) if "base_rate" in text)
    with pytest.raises(ConfigError, match=rf"mine\.json, line {line}: base_rate cannot be 7"):
        load_rubric(written(tmp_path, content, "mine.json"))


def test_the_text_of_a_rubric_is_its_file(tmp_path: Path) -> None:
    assert rubric_text(written(tmp_path, MINE)) == MINE
    assert rubric_text("category-relevance").startswith("# How relevant is")


PIECES = st.sampled_from(
    [*"{}[]:-?|&*%@!'\"\n\t\0", "{{", "}}", "{%", "&a", "*a", "<<: *a", "null"]
)


@searching
@given(st.lists(st.tuples(st.integers(0, len(MINE)), st.integers(0, 40), PIECES), min_size=1))
def test_a_damaged_rubric_is_still_one_or_is_one_sentence_with_a_line(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int, str]]
) -> None:
    content = MINE
    for start, length, piece in damages:
        content = content[:start] + piece + content[start + length :]
    path = written(tmp_path_factory.mktemp("damaged"), content)
    try:
        assert isinstance(load_rubric(path), Rubric)
    except ConfigError as error:
        assert re.search(r"\bline \d+\b", str(error))
        assert "\n" not in str(error)
