import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.judge.cleaning import DENIAL, LONGEST_TEXT, cleaned, is_denied


def words(text: str) -> str:
    return " ".join(cleaned(text).split())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>It may be food.</think>law", "law"),
        ("It may be food.</think>law", "law"),
        ("<|im_start|>assistant\nlaw<|im_end|>", "law"),
        ("[INST] law [/INST]", "law"),
        ("<0x0A>law<unused42>", "law"),
        ("＜end_of_turn＞law", "law"),
        ("<<b>eos>law", "eos law"),  # a word, and no token any more
        ("Assistant: law", "law"),
        ("law\n\nHuman: yes", "law yes"),
        ("### システム：法律", "法律"),
    ],
)
def test_reasoning_template_tokens_and_speakers_are_left_out(text: str, left: str) -> None:
    assert words(text) == left


@pytest.mark.parametrize("text", ["model railways", "The system: a history", "a < b", "AI"])
def test_words_that_are_no_speaker_and_no_token_stay(text: str) -> None:
    assert words(text.replace("<", "")) == words(text) != ""


@pytest.mark.parametrize(
    "text",
    [
        "<!-- law --> food",
        "~~law~~ food",
        "<del>law</del> food",
        "l\u0336a\u0336w\u0336 food",
        "l\u0338a\u0338w\u0338 food",
        "l\u0334a\u20e6w\u0334 food",
    ],
)
def test_what_is_struck_out_is_taken_back(text: str) -> None:
    assert words(text) == "food"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("роlitics", "politics"),  # two Cyrillic letters
        ("lаw οf thе ѕea", "law of the sea"),
        ("a сор", "a cop"),  # a word all in Cyrillic, in a Latin text
        ("сор", "сор"),  # but not where nothing else is Latin
        ("a собака", "a собака"),  # nor where a letter looks like no Latin one
        ("σigma", "σigma"),
        ("ｌａｗ", "law"),
        ("l\u200baw", "law"),
        ("l\ufe0fa\u034fw", "law"),
        ("\u202elaw\u202c", "law"),
        ("la\U000f0000w", "law"),
    ],
)
def test_lookalike_and_invisible_letters_become_what_is_read(text: str, read: str) -> None:
    assert words(text) == read


@pytest.mark.parametrize("text", ["!law", " !!law", "≠law", "❌ law", "🚫law"])
def test_signs_of_denial_are_read_as_one(text: str) -> None:
    assert is_denied(text)
    assert words(text) == f"{DENIAL} law"


@pytest.mark.parametrize("text", ["law!", "law! food", "4×4"])
def test_other_signs_deny_nothing(text: str) -> None:
    assert not is_denied(text)
    assert DENIAL not in words(text)


def test_composed_letters_are_not_taken_for_struck_out_ones() -> None:
    assert words(unicodedata.normalize("NFD", "ガソリン é")) == "ガソリン é"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("category: " * 1_000, "category:"),
        ("カテゴリ：" * 1_000, "カテゴリ:"),
        ("law " + "<eos>" * 1_000, "law"),
    ],
)
def test_a_long_text_ends_on_a_whole_word_and_a_whole_token(text: str, end: str) -> None:
    assert cleaned(text).strip().endswith(end)


def test_a_long_word_is_cut_and_kept() -> None:
    assert cleaned("x" * 10_000) == "x" * LONGEST_TEXT


@given(st.text(max_size=300))
@searching
def test_no_text_grows_keeps_brackets_of_tokens_or_private_letters(text: str) -> None:
    left = cleaned(text)
    assert len(left) <= LONGEST_TEXT
    assert not set("<>") & set(left)
    assert "Co" not in {unicodedata.category(character) for character in left}
