import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases.digest import file_sha256, key_of, lines_sha256, text_key, text_sha256
from evaluator.errors import DataUnusable


@given(text=st.text())
@searching
def test_a_text_has_the_digest_of_its_utf8_bytes(text: str) -> None:
    assert text_sha256(text) == hashlib.sha256(text.encode()).hexdigest()


def test_lone_surrogates_are_kept_apart() -> None:
    assert len({text_sha256("\ud800"), text_sha256("\ud801"), text_sha256("?")}) == 3


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    # FIPS 180-4's example of one block.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(path) == expected


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnusable, match="nowhere cannot be read: No such file"):
        file_sha256(tmp_path / "nowhere")
    with pytest.raises(DataUnusable, match="cannot be read: Is a directory"):
        file_sha256(tmp_path)


@given(lines=st.lists(st.text(st.characters(exclude_categories=[]))))
@searching
def test_lines_have_the_digest_of_their_text(lines: list[str]) -> None:
    assert lines_sha256(iter(lines)) == text_sha256("\n".join(lines))


def test_a_texts_key_is_found_from_its_digest_too() -> None:
    # The first 16 bytes of FIPS 180-4's example of one block.
    assert text_key("abc").hex() == "ba7816bf8f01cfea414140de5dae2223"
    assert key_of(text_sha256("abc")) == text_key("abc")
