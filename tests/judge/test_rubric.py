import pytest
from free_text import FREE_TEXT
from pydantic import ValidationError

from evaluator.errors import ConfigError
from evaluator.judge.rubric import (
    AnswerWords,
    FreeText,
    Levels,
    QuestionForm,
    Rubric,
    built_in_rubric,
)


def rubric(same: object = None, **question: object) -> Rubric:
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
        levels=Levels(same=1, related=0.5, unrelated=0),
        question=QuestionForm.model_validate(form),
        free_text=FreeText.model_validate({**FREE_TEXT, "same": same or FREE_TEXT["same"]}),
    )


BUILT_IN = ("category-relevance", "category-relevance-ja")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_rubrics_score_from_same_to_unrelated(name: str) -> None:
    levels = built_in_rubric(name).levels
    assert (levels.same, levels.related, levels.unrelated) == (1.0, 0.5, 0.0)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_examples_show_both_answers_as_often(name: str) -> None:
    answers = [shot.answer for shot in built_in_rubric(name).question.examples]
    assert answers.count("yes") == answers.count("no") > 0


def test_an_unknown_rubric_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match=f"no rubric 'other'; there is: {', '.join(BUILT_IN)}"):
        built_in_rubric("other")


@pytest.mark.parametrize("name", ["../rubric", "category-relevance.yaml", ""])
def test_a_rubrics_name_is_no_path(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no rubric"):
        built_in_rubric(name)


@pytest.mark.parametrize("levels", [(1, 1, 0), (0.5, 0.6, 0), (1, 0.5, 0.5), (1.1, 0.5, 0)])
def test_levels_must_fall_within_zero_and_one(levels: tuple[float, float, float]) -> None:
    same, related, unrelated = levels
    with pytest.raises(ValidationError):
        Levels(same=same, related=related, unrelated=unrelated)


def test_answers_need_a_word() -> None:
    with pytest.raises(ValidationError):
        AnswerWords(yes=(), no=("No",))


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
    same = rubric().model_copy(update={"criteria": "other words for readers"})
    assert same.prompt_hash == rubric().prompt_hash
