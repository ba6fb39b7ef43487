from collections.abc import Sequence

import pytest
from free_text import FREE_TEXT
from pydantic import ValidationError

from evaluator.judge.rubric import (
    AnswerWords,
    FreeText,
    Levels,
    NamedForm,
    QuestionForm,
    Rubric,
)
from evaluator.judge.rubric_file import load_rubric


def rubric(same: object = None, further_forms: Sequence[object] = (), **question: object) -> Rubric:
    form = {
        "instruction": "Decide.",
        "item": "{{ first }} and {{ second }}:",
        "answers": AnswerWords(yes=("Yes",), no=("No",)),
        **question,
    }
    return Rubric(
        name="r",
        language="en",
        criteria="c",
        base_rate=0.2,
        levels=Levels(same=1, related=0.5, unrelated=0),
        question=QuestionForm.model_validate(form),
        further_forms=tuple(map(NamedForm.model_validate, further_forms)),
        free_text=FreeText.model_validate({**FREE_TEXT, "same": same or FREE_TEXT["same"]}),
    )


OTHER_FORM = {"name": "other", "instruction": "Decide.", "item": "{{ first }}, {{ second }}?"}


BUILT_IN = ("category-relevance", "category-relevance-ja")


@pytest.mark.parametrize("name", BUILT_IN)
def test_load_rubrics_score_from_same_to_unrelated(name: str) -> None:
    levels = load_rubric(name).levels
    assert (levels.same, levels.related, levels.unrelated) == (1.0, 0.5, 0.0)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_examples_show_both_answers_as_often(name: str) -> None:
    for form in load_rubric(name).forms:
        answers = [shot.answer for shot in form.examples]
        assert answers.count("yes") == answers.count("no") > 0


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_forms_show_the_same_examples_in_other_words(name: str) -> None:
    rubric = load_rubric(name)
    first, *further = rubric.forms
    assert first.examples == rubric.question.examples
    assert [form.examples for form in further] == [first.examples]
    assert len({form.item for form in rubric.forms}) == len(rubric.forms)


@pytest.mark.parametrize("levels", [(1, 1, 0), (0.5, 0.6, 0), (1, 0.5, 0.5), (1.1, 0.5, 0)])
def test_levels_must_fall_within_zero_and_one(levels: tuple[float, float, float]) -> None:
    same, related, unrelated = levels
    with pytest.raises(ValidationError):
        Levels(same=same, related=related, unrelated=unrelated)


def test_answers_need_a_word() -> None:
    with pytest.raises(ValidationError):
        AnswerWords(yes=(), no=("No",))


@pytest.mark.parametrize("word", ["", " ", "\t"])
def test_an_answer_is_not_blank(word: str) -> None:
    with pytest.raises(ValidationError):
        AnswerWords(yes=(word,), no=("No",))


@pytest.mark.parametrize(("yes", "no"), [("Yes", "Yes"), ("Yes", " yes "), ("JA", "ja")])
def test_a_word_cannot_mean_both_answers(yes: str, no: str) -> None:
    with pytest.raises(ValidationError, match="cannot mean both yes and no"):
        AnswerWords(yes=("Sure", yes), no=(no,))


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.1])
def test_a_base_rate_lies_between_none_and_all(rate: float) -> None:
    with pytest.raises(ValidationError):
        Rubric.model_validate({**rubric().model_dump(), "base_rate": rate})


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "x" * 41, "a\n"])
def test_a_rubrics_name_is_one_short_word(name: str) -> None:
    with pytest.raises(ValidationError):
        Rubric.model_validate({**rubric().model_dump(), "name": name})


def test_the_forms_begin_with_the_question() -> None:
    first, second = rubric(further_forms=[OTHER_FORM]).forms
    assert (first.name, first.item) == ("question", "{{ first }} and {{ second }}:")
    assert (second.name, second.item) == ("other", "{{ first }}, {{ second }}?")


@pytest.mark.parametrize("names", [["question"], ["other", "other"]])
def test_forms_have_their_own_names(names: list[str]) -> None:
    with pytest.raises(ValidationError, match=f"two forms are called '{names[0]}'"):
        rubric(further_forms=[{**OTHER_FORM, "name": name} for name in names])


def test_every_form_has_its_own_prompt_hash() -> None:
    asked = rubric(further_forms=[OTHER_FORM, {**OTHER_FORM, "name": "again"}])
    first, other, again = (asked.prompt_hash_of(form) for form in asked.forms)
    assert first == asked.prompt_hash == rubric().prompt_hash
    assert other != first
    assert other == again  # what it is called is not read by the judge


def test_the_prompt_hash_changes_with_all_that_is_asked_and_how_it_is_read() -> None:
    shot = {"first": "a", "second": "b", "answer": "yes"}
    variants = [
        rubric(),
        rubric(instruction="Choose."),
        rubric(item="{{ second }} and {{ first }}:"),
        rubric(answers={"yes": ["Ja"], "no": ["No"]}),
        rubric(examples=[shot]),
        rubric(same={"instruction": "Decide.", "item": "{{ first }} = {{ second }}?"}),
    ]
    assert len({one.prompt_hash for one in variants}) == len(variants)
    for unasked in ({"criteria": "other words for readers"}, {"base_rate": 0.5}):
        assert rubric().model_copy(update=unasked).prompt_hash == rubric().prompt_hash
