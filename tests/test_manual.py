"""The manual says the same in both languages, and its commands name what is there."""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MANUALS = ("docs/manual.en.md", "docs/manual.ja.md")
FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def commands(page: str) -> list[list[str]]:
    """The words of every command, without comments."""
    blocks = (block.replace("\\\n", " ") for block in FENCE.findall(text(page)))
    lines = (line for block in blocks for line in block.splitlines())
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def anchor(heading: str) -> str:
    """The name that GitHub gives a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def test_both_languages_have_the_same_commands_chapters_and_tables() -> None:
    english, japanese = MANUALS
    assert commands(english) == commands(japanese)
    levels = [[len(one) for one, _ in HEADING.findall(text(page))] for page in MANUALS]
    assert levels[0] == levels[1]
    rows = [sum(line.startswith("|") for line in text(page).splitlines()) for page in MANUALS]
    assert rows[0] == rows[1]
    items = [len(re.findall(r"^(?:-|\d+\.) ", text(page), re.MULTILINE)) for page in MANUALS]
    assert items[0] == items[1]


@pytest.mark.parametrize("page", MANUALS)
def test_the_contents_lead_to_the_chapters(page: str) -> None:
    anchors = {anchor(heading) for _, heading in HEADING.findall(text(page))}
    linked = re.findall(r"\]\(#([^)]+)\)", text(page))
    assert len(linked) >= 10
    assert set(linked) <= anchors


@pytest.mark.parametrize("page", [*MANUALS, "k8s/README.md"])
def test_manifests_that_commands_name_are_there(page: str) -> None:
    named = [
        word.partition("=")[2] or word
        for words in commands(page)
        for word in words
        if "k8s/" in word
    ]
    assert named
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_three_commands_of_the_seed_are_word_for_word() -> None:
    seed = [
        "docker network create ollama-net",
        "docker run -d --gpus all --network ollama-net -v ollama:/root/.ollama -p 11434:11434 "
        "--name ollama ollama/ollama",
        "docker exec -it ollama ollama pull llama3.2",
    ]
    for page in ("README.md", *MANUALS):
        assert [words for words in commands(page) if words[0] == "docker"][:3] == [
            line.split() for line in seed
        ]
