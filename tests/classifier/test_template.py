from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.template import PromptTemplate, template_of
from evaluator.errors import ModelUnusable


def card(folder: Path, content: bytes) -> Path:
    (folder / "evaluator.json").write_bytes(content)
    return folder


@given(text=st.text())
@searching
def test_an_article_is_put_in_as_it_is(text: str) -> None:
    assert PromptTemplate().render(text) == text
    assert PromptTemplate("a {{ text }}\n").render(text) == f"a {text}\n"


def test_template_marks_in_an_article_are_text() -> None:
    text = "{{ 7 * 7 }} {% raw %} {# note #} <b>&amp;</b>"
    assert PromptTemplate("[{{ text }}]").render(text) == f"[{text}]"


@pytest.mark.parametrize(
    "source",
    [
        "{% if %}",
        "{{ article }}",
        "{{ text.nothing.there }}",
        "{{ text | no_such_filter }}",
        "{{ 1 / 0 }}",
        "{{ text + 1 }}",
        "{{ range(10 ** 9) }}",
        "{% include 'file' %}",
        # What a template that comes with a model could try to reach the system with:
        "{{ text.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
    ],
)
def test_a_template_that_is_broken_or_breaks_out_is_refused(source: str) -> None:
    with pytest.raises(ModelUnusable, match="the prompt template cannot be rendered: "):
        PromptTemplate(source).render("an article")


def test_a_model_without_a_card_reads_the_raw_text(tmp_path: Path) -> None:
    assert template_of(tmp_path) == PromptTemplate("{{ text }}")
    assert template_of(card(tmp_path, b"{}")) == PromptTemplate("{{ text }}")


def test_a_card_brings_the_template(tmp_path: Path) -> None:
    model = card(tmp_path, b'{"prompt_template": "Post: {{ text }}"}')
    assert template_of(model).render("x") == "Post: x"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "it is no JSON"),
        (b'{"prompt_template": 3}', "prompt_template: Input should be a valid string"),
        (b'{"template": "x"}', "template: Extra inputs"),
        (b"\xff", "it is no JSON"),
    ],
)
def test_a_broken_card_is_named_with_the_place(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ModelUnusable, match=r"evaluator\.json cannot be (used|read)") as caught:
        template_of(card(tmp_path, content))
    assert words in str(caught.value)
