"""The tokenizer in a model's directory, read without loading it."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from evaluator.errors import ModelUnusable
from evaluator.models.directory import ModelDirectory

FAST = "tokenizer.json"
SETTINGS = "tokenizer_config.json"
TEMPLATE = "chat_template.jinja"
WITHOUT_COUNT = ("tokenizer.model", "spiece.model", "vocab.txt")
VOCABULARY = "vocab.json"


class TokenizerFiles(BaseModel):
    """What is known of a tokenizer.

    Attributes:
        file: The file it is read from.
        tokens: The largest token number it gives, plus one; None where the file does not tell.
        added: How many tokens were added to its vocabulary.
        chat_template: Whether a template for conversations is there.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    tokens: int | None
    added: int
    chat_template: bool


def tokenizer_files(directory: ModelDirectory) -> TokenizerFiles | None:
    """Return what the directory holds of a tokenizer, or None where there is none.

    Raises:
        ModelUnusable: A file of it cannot be read.
    """
    template = directory.file(TEMPLATE) is not None or bool(_template(directory))
    fast = directory.content(FAST)
    if fast is not None:
        numbers, added = _numbers(directory, fast)
        return TokenizerFiles(file=FAST, tokens=numbers, added=added, chat_template=template)
    words = directory.content(VOCABULARY)
    if isinstance(words, dict):
        return TokenizerFiles(file=VOCABULARY, tokens=len(words), added=0, chat_template=template)
    for name in WITHOUT_COUNT:
        if directory.file(name) is not None:
            return TokenizerFiles(file=name, tokens=None, added=0, chat_template=template)
    return None


def _template(directory: ModelDirectory) -> Any:
    settings = directory.content(SETTINGS)
    return settings.get("chat_template") if isinstance(settings, dict) else None


def _numbers(directory: ModelDirectory, fast: Any) -> tuple[int, int]:
    """Return the largest number of a token plus one, and how many tokens were added."""
    try:
        words = fast["model"]["vocab"]
        added = [token["id"] for token in fast.get("added_tokens") or ()]
        known = words.values() if isinstance(words, dict) else range(len(words))
        beyond = sum(1 for number in added if number >= len(words))
        return max([*known, *added], default=-1) + 1, beyond
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelUnusable(
            f"{directory.path / FAST} is not a tokenizer; save the tokenizer again."
        ) from error
