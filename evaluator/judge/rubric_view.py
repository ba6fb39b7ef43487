"""A rubric as people read it: its file, and what a judge will be shown."""

import unicodedata

from evaluator.backends.protocol import Prompt
from evaluator.judge.article_questions import written_below
from evaluator.judge.question import PROBE, Question, example_prompt, prompt_writer
from evaluator.judge.reason import Ruling, reason_writer
from evaluator.judge.rubric_file import load_rubric, rubric_text

EXCERPT = "…"
"""Stands for an article."""


def rubric_page(name_or_path: str) -> str:
    """Return a rubric's file followed by an example prompt for every form, as comments.

    What is returned of a YAML rubric is the same rubric again, to begin one's own with.

    Raises:
        ConfigError: The rubric cannot be used.
    """
    rubric = load_rubric(name_or_path)
    prompts = {form.name: example_prompt(rubric, form) for form in rubric.forms}
    prompts["free_text.same"] = example_prompt(rubric, rubric.free_text.same)
    if rubric.article is not None:
        below = written_below(prompt_writer(rubric), rubric.article, EXCERPT)
        prompts["article"] = below(Question(PROBE.first, PROBE.second))
    if rubric.reason is not None:
        prompts["reason"] = reason_writer(rubric)(Ruling(PROBE.first, PROBE.second, related=True))
    blocks = [
        _comment(f"The form '{name}' as a judge reads it, up to its answer:", prompt)
        for name, prompt in prompts.items()
    ]
    return "\n".join([rubric_text(name_or_path).rstrip("\n"), *blocks])


def _comment(title: str, prompt: Prompt) -> str:
    lines = [f"# {title}", *(f"#   {_visible(line)}" for line in prompt.text.splitlines())]
    return "\n".join(["#", *lines])


def _visible(line: str) -> str:
    """Return a line without the control characters that escapes in a file can bring in."""
    return "".join("�" if unicodedata.category(one) == "Cc" else one for one in line).rstrip()
