import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.protocol import Prompt, Shot
from evaluator.errors import ConfigError
from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.question import Question, prompt_writer
from evaluator.judge.reason import (
    LONGEST_REASON,
    ReasonReader,
    Ruling,
    reason_said,
    reason_writer,
    rules_related,
)
from evaluator.judge.rubric import Because, ReasonedExample, ReasonForm, Rubric
from evaluator.judge.rubric_file import load_rubric

ENGLISH, JAPANESE = load_rubric("category-relevance"), load_rubric("category-relevance-ja")
SPEECHLESS = ENGLISH.model_copy(update={"reason": None})
LABELS = LabelSet([Label("rec.autos", "cars"), Label("sci.med", "medicine")])


def rubric(form: ReasonForm) -> Rubric:
    return ENGLISH.model_copy(update={"reason": form})


def test_the_reason_is_asked_for_with_the_question_and_the_verdict_as_its_answer() -> None:
    form = ReasonForm(
        instruction="Say why.",
        because=Because(yes="Yes, for", no="No, for"),
        examples=(
            ReasonedExample(first="tea", second="cocoa", answer="yes", reason="both are drunk."),
            ReasonedExample(first="tea", second="law", answer="no", reason="law is not drunk."),
        ),
    )
    write = reason_writer(rubric(form), LABELS)
    shots = (
        Shot("Is tea related to cocoa? Yes, for", "both are drunk."),
        Shot("Is tea related to law? No, for", "law is not drunk."),
    )
    assert write(Ruling("rec.autos", "sci.med", related=False)) == Prompt(
        "Say why.", shots, "Is cars related to medicine? No, for"
    )
    assert write(Ruling("a {{ text }}", "sci.med", related=True)) == Prompt(
        "Say why.", shots, "Is a {{ text }} related to medicine? Yes, for"
    )


@pytest.mark.parametrize("asked", [ENGLISH, JAPANESE], ids=lambda one: one.language)
def test_a_reason_follows_the_very_question_that_was_judged(asked: Rubric) -> None:
    judged = prompt_writer(asked, LABELS)(Question("rec.autos", "sci.med")).question
    reason = reason_writer(asked, LABELS)(Ruling("rec.autos", "sci.med", related=True))
    assert reason.question.startswith(judged)
    assert not reason.question.endswith(" ")


@pytest.mark.parametrize("asked", [ENGLISH, JAPANESE], ids=lambda one: one.language)
def test_the_built_in_examples_do_not_contradict_their_answers(asked: Rubric) -> None:
    reader = ReasonReader(asked)
    assert asked.reason is not None
    sides = [one.answer == "yes" for one in asked.reason.examples]
    assert sides.count(True) == sides.count(False)
    for one, side in zip(asked.reason.examples, sides, strict=True):
        assert not reader.contradicts(one.reason, Ruling("", "", side))


def test_a_rubric_without_words_for_it_cannot_give_reasons() -> None:
    for use in (reason_writer, ReasonReader):
        with pytest.raises(ConfigError, match="'category-relevance' has no words to ask for a"):
            use(SPEECHLESS)


@pytest.mark.parametrize(("p_related", "related"), [(0.5, False), (0.50001, True), (0.0, False)])
def test_a_verdict_takes_the_side_it_gives_more_probability(
    p_related: float, related: bool
) -> None:
    assert rules_related(p_related) == related


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (" both are sports.\nIs tea related to law? No, because", "both are sports."),
        ("\n\n  both are\tsports. \n", "both are sports."),
        ("both <end_of_turn>are\x1b[2J sports.", "both are[2J sports."),
        ("<think>hm</think>both are sports.", "both are sports."),
        ("どちらもスポーツだから。\n質問:", "どちらもスポーツだから。"),
        ("no end", "no end"),
        ("", ""),
        (" \n\x00\n", ""),
    ],
)
def test_a_reason_is_the_first_line_that_says_something(written: str, reason: str) -> None:
    assert reason_said(written, was_cut=False) == reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("both are sports. They are pl", "both are sports."),
        ("one is in the U.S. and the other on Ma", "one is in the U.S."),
        ("どちらもスポーツだから。ど", "どちらもスポーツだから。"),
        ("version 2.5 of someth", "version 2.5 of someth"),
        ("both are sports.", "both are sports."),
    ],
)
def test_a_reason_that_was_cut_ends_with_a_whole_sentence(written: str, reason: str) -> None:
    assert reason_said(written, was_cut=True) == reason


@searching
@given(st.text() | st.text("ab. <>|\n\x1b。"), st.booleans())
def test_no_reason_has_control_characters_or_is_long(written: str, was_cut: bool) -> None:
    for text in (written, written * 200):
        said = reason_said(text, was_cut=was_cut)
        assert len(said) <= LONGEST_REASON
        assert said == said.strip()
        assert all(unicodedata.category(one) not in {"Cc", "Cf", "Cs"} for one in said)


@pytest.mark.parametrize(
    ("reason", "side"),
    [
        ("both are sports.", None),
        ("they are related.", True),
        ("they are not related.", False),
        ("they are Unrelated", False),
        ("they are not closely related.", False),
        ("they seem unrelated, but in the end they are related.", True),
        ("they have nothing in common.", False),
        ("they have much in common.", True),
        ("both are outdoors. No, one is not.", False),
        ("one is outdoors. No", False),
        ("there is no doubt: yes.", True),
        ("there is no doubt", None),  # this "no" answers nothing
        ("Yesterday, nobody", None),
        ("unrelatedness is correlated", None),
    ],
)
def test_the_last_side_that_is_taken_counts(reason: str, side: bool | None) -> None:
    reader = ReasonReader(ENGLISH)
    for related in (True, False):
        contradicts = side is not None and side != related
        assert reader.contradicts(reason, Ruling("a", "b", related)) == contradicts


@pytest.mark.parametrize(
    ("reason", "side"),
    [
        ("どちらもスポーツだから。", None),
        ("二つは関連しているから。", True),
        ("二つは関連していないから。", False),
        ("無関係だから。", False),
        ("同じ分野ではないから。", False),
        ("いいえ。", False),
        ("はい、同じだから", True),
        ("これはいい話題", None),
    ],
)
def test_sides_are_taken_in_japanese_too(reason: str, side: bool | None) -> None:
    reader = ReasonReader(JAPANESE)
    for related in (True, False):
        contradicts = side is not None and side != related
        assert reader.contradicts(reason, Ruling("a", "b", related)) == contradicts
