"""A model's prompt template, as far as its actions, {{ … }}, can be told apart and counted."""

import re
from collections import Counter

ACTION = re.compile(
    r"""-?\s*/\*.*?\*/\s*-?\}\}  # a comment
    | (?: "(?:\\.|[^"\\\n])*" | `[^`]*` | (?!\{\{)[^"`] )*? \}\}""",
    re.DOTALL | re.VERBOSE,
)
"""From behind {{ to behind }}; braces in a quoted text are none of its own."""

WORD = re.compile(r"-?\s*(\w+)")
OPENING = ("if", "range", "with", "block", "define")
QUESTION_VARIABLES = (".Prompt", ".Messages", ".Content")


def template_fault(template: str) -> str | None:
    """Return why no server can read a template, or None."""
    words: Counter[str] = Counter()
    at = 0
    while (begins := template.find("{{", at)) >= 0:
        action = ACTION.match(template, begins + len("{{"))
        if action is None:
            return "the template does not close every {{ with }}"
        word = WORD.match(action[0])
        words[word[1] if word else ""] += 1
        at = action.end()
    opened = sum(words[one] for one in OPENING)
    if opened != words["end"]:
        return f"the template opens {opened} of if, range and with, and ends {words['end']} of them"
    return None


def takes_a_question(template: str) -> bool:
    """Return whether a template names anything that a question is in."""
    return any(variable in template for variable in QUESTION_VARIABLES)
