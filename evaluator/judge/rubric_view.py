"""A rubric as people read it: its file, and what a judge will be shown."""

import unicodedata

from evaluator.judge.question import example_prompt
from evaluator.judge.rubric import PairForm, Rubric
from evaluator.judge.rubric_file import load_rubric, rubric_text


def rubric_page(name_or_path: str) -> str:
    """Return a rubric's file followed by an example prompt for every form, as comments.

    What is returned of a YAML rubric is the same rubric again, to begin one's own with.

    Raises:
        ConfigError: The rubric cannot be used.
    """
    rubric = load_rubric(name_or_path)
    forms = [(form.name, form) for form in rubric.forms]
    blocks = [
        _comment(f"The form '{name}' as a judge reads it, up to its answer:", rubric, form)
        for name, form in (*forms, ("free_text.same", rubric.free_text.same))
    ]
    return "\n".join([rubric_text(name_or_path).rstrip("\n"), *blocks])


def _comment(title: str, rubric: Rubric, form: PairForm) -> str:
    prompt = example_prompt(rubric, form).text
    lines = [f"# {title}", *(f"#   {_visible(line)}" for line in prompt.splitlines())]
    return "\n".join(["#", *lines])


def _visible(line: str) -> str:
    """Return a line without the control characters that escapes in a file can bring in."""
    return "".join("�" if unicodedata.category(one) == "Cc" else one for one in line).rstrip()
