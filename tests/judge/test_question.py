from typing import Any

import pytest
from free_text import FREE_TEXT
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.protocol import Prompt, Shot
from evaluator.judge.labels import Label, LabelPair, LabelSet, labels_from_names
from evaluator.judge.question import (
    Question,
    both_orders,
    example_prompt,
    probe_prompt,
    prompt_writer,
)
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric

LABELS = LabelSet([Label("rec.autos", "cars", "Driving."), Label("sci.med", "medicine")])


def rubric(item: str) -> Rubric:
    shown: list[dict[str, Any]] = [
        {"first": "tea", "second": "coffee", "answer": "yes"},
        {"first": "tea", "second": "law", "answer": "no"},
    ]
    return Rubric.model_validate(
        {
            "name": "mine",
            "language": "en",
            "criteria": "What counts.",
            "base_rate": 0.2,
            "levels": {"same": 1, "related": 0.5, "unrelated": 0},
            "question": {
                "instruction": "Decide.",
                "item": item,
                "answers": {"yes": ["Ja", "ja"], "no": ["Nein"]},
                "examples": shown,
            },
            "free_text": FREE_TEXT,
        }
    )


def test_a_pair_is_asked_in_both_orders() -> None:
    assert both_orders(LabelPair("a", "b")) == (Question("a", "b"), Question("b", "a"))


def test_a_prompt_shows_plain_names_in_the_order_asked_after_answered_examples() -> None:
    write = prompt_writer(rubric("{{ first }} or {{ second }}?"), LABELS)
    assert write(Question("sci.med", "rec.autos")) == Prompt(
        "Decide.",
        (Shot("tea or coffee?", "Ja"), Shot("tea or law?", "Nein")),
        "medicine or cars?",
        ("Ja", "Nein"),
    )


@pytest.mark.parametrize("item", ["{{ second }} / {{ first }}:", "{{ first|upper }}-{{ second }}"])
def test_every_prompt_begins_with_the_same_constant_part(item: str) -> None:
    labels = labels_from_names(["cars", "medicine", "law"])
    write = prompt_writer(rubric(item), labels)
    prompts = [write(question) for pair in labels.pairs() for question in both_orders(pair)]
    constant = prompts[0].constant
    assert constant.startswith("Decide.\n")
    assert all(prompt.text == constant + prompt.question for prompt in prompts)
    assert len({prompt.question for prompt in prompts}) == len(prompts) == 6


def test_the_load_rubric_asks_with_examples_of_both_answers() -> None:
    form = load_rubric("category-relevance")
    prompt = prompt_writer(form, LABELS)(Question("rec.autos", "sci.med"))
    assert {shot.answer for shot in prompt.shots} == {"Yes", "No"}
    assert prompt.question.index("cars") < prompt.question.index("medicine")
    assert prompt.text.startswith(form.question.instruction)
    assert not prompt.text.endswith((" ", "\n"))  # the answer's first token comes next


@searching
@given(st.text(min_size=1), st.text(min_size=1))
def test_a_labels_text_is_shown_as_it_is(first: str, second: str) -> None:
    labels = LabelSet([Label("one", first), Label("two", f"{second} of another kind")])
    write = prompt_writer(rubric("{{ first }}|{{ second }}"), labels)
    assert write(Question("one", "two")).question == f"{first}|{second} of another kind"


def test_a_labels_text_is_never_run() -> None:
    labels = LabelSet([Label("one", "{{ 6 * 7 }}"), Label("two", "{% raw %}")])
    write = prompt_writer(rubric("{{ first }}|{{ second }}"), labels)
    assert write(Question("one", "two")).question == "{{ 6 * 7 }}|{% raw %}"


@pytest.mark.parametrize("name", ["category-relevance", "category-relevance-ja"])
def test_the_question_is_the_first_of_a_rubrics_forms(name: str) -> None:
    rubric = load_rubric(name)
    first, *further = (example_prompt(rubric, form) for form in rubric.forms)
    assert first == probe_prompt(rubric)
    assert first.text != further[0].text
    assert further[0].choices == first.choices
    assert len(further[0].shots) == len(first.shots)
