"""Names of models as an Ollama server takes them: [HOST/][NAMESPACE/]MODEL[:TAG]."""

import re

from evaluator.backends.ollama_facts import full_name
from evaluator.errors import ConfigError

LONGEST_HOST = 350
LONGEST_PART = 80
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z", re.ASCII)
NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*\Z", re.ASCII)
HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*\Z", re.ASCII)
MOST_PARTS = 3
UNSAID = ("registry.ollama.ai/", "library/")
"""What a server adds to a name that lacks it, and leaves out of those that it lists."""


def is_model_name(name: str) -> bool:
    """Return whether a server takes a name."""
    path, _, last = name.rpartition("/")
    model, has_tag, tag = last.partition(":")
    host, _, namespace = path.rpartition("/")
    return (
        name.count("/") < MOST_PARTS
        and _fits(PART, model)
        and (_fits(PART, tag) if has_tag else True)
        and (_fits(NAMESPACE, namespace) if "/" in name else True)
        and (_fits(HOST, host, LONGEST_HOST) if name.count("/") == MOST_PARTS - 1 else True)
    )


def _fits(pattern: re.Pattern[str], part: str, longest: int = LONGEST_PART) -> bool:
    return len(part) <= longest and pattern.match(part) is not None


def checked_name(name: str) -> str:
    """Return a name as a server lists it: with its tag, and without what goes without saying.

    Raises:
        ConfigError: No server takes it.
    """
    if not is_model_name(name):
        raise ConfigError(
            f"'{name}' cannot be the name of a model: write MODEL[:TAG] or NAMESPACE/MODEL[:TAG], "
            f"each of letters, digits, '_', '-' and '.', beginning with a letter or digit, of at "
            f"most {LONGEST_PART} characters."
        )
    return _as_listed(name)


def same_model(name: str, other: str) -> bool:
    """Return whether a server takes two names for one model: it does not look at their case."""
    return _as_listed(name).casefold() == _as_listed(other).casefold()


def _as_listed(name: str) -> str:
    for unsaid in UNSAID:
        if name.casefold().startswith(unsaid):
            name = name[len(unsaid) :]
    return full_name(name)
