import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.documents import NotADocument, parse_document

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


def test_a_repeated_key_in_yaml_is_shown_with_its_line() -> None:
    with pytest.raises(NotADocument, match="line 3, column 1"):
        parse_document(YAML, "a: 1\nb: 2\na: 3\n")


def test_a_merged_mapping_may_be_overridden_in_yaml() -> None:
    content = "base: &base {a: 1, b: 2}\nown: {<<: *base, a: 3}\n"
    assert parse_document(YAML, content)["own"] == {"a": 3, "b": 2}


@pytest.mark.parametrize("content", ["{", "[1,]", "", "[" * 100_000])
def test_broken_json_is_one_sentence(content: str) -> None:
    with pytest.raises(NotADocument) as caught:
        parse_document(JSON, content)
    assert str(caught.value).startswith("d.json is not JSON: ")
    assert "\n" not in str(caught.value)
