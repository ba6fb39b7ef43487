from pathlib import Path

import pytest

from evaluator.judge.question import example_prompt
from evaluator.judge.rubric_file import load_rubric, rubric_text
from evaluator.judge.rubric_view import rubric_page

BUILT_IN = ["category-relevance", "category-relevance-ja"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_page_shows_the_file_and_every_prompt(name: str) -> None:
    rubric = load_rubric(name)
    page = rubric_page(name)
    assert page.startswith(rubric_text(name).rstrip("\n"))
    for form in (*rubric.forms, rubric.free_text.same):
        for line in example_prompt(rubric, form).text.splitlines():
            assert f"\n#   {line}" in page


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_page_is_the_rubric_again(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(rubric_page(name), "utf-8")
    assert load_rubric(str(path)) == load_rubric(name)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_page_shows_how_a_reason_is_asked_for(name: str) -> None:
    rubric = load_rubric(name)
    assert rubric.reason is not None
    prompt = rubric_page(name).partition("# The form 'reason'")[2]
    assert prompt.endswith(rubric.reason.because.yes)
    assert f"{rubric.reason.because.no} {rubric.reason.examples[1].reason}" in prompt


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_page_shows_how_an_article_is_shown(name: str) -> None:
    rubric = load_rubric(name)
    assert rubric.article is not None
    after = rubric_page(name).partition("# The form 'article'")[2]
    prompt = after.partition("\n#\n")[0]
    shown = [line.removeprefix("#   ") for line in prompt.splitlines()]
    begin = shown.index("<article>")
    assert shown[begin : begin + 3] == ["<article>", "…", rubric.article.closing]
    assert len(shown[begin + 3 :]) == rubric.article.reminders + 1


def test_a_prompt_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = rubric_text("category-relevance")
    path.write_text(text.replace('item: "Is', r'item: "\e[2JIs'), "utf-8")
    assert load_rubric(str(path)).question.item.startswith("\x1b[2J")
    page = rubric_page(str(path))
    assert "\x1b" not in page
    assert "#   �[2JIs guitars related to drums?" in page
