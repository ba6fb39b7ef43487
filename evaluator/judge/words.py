"""Words looked for inside texts, in scripts with spaces and without."""

import re
from collections.abc import Iterable

UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts written without spaces, in which a word's ends cannot be seen."""


def any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of whole words, the longest first; of none, one that never matches."""
    words = sorted({text for text in texts if text}, key=lambda text: (-len(text), text))
    return re.compile(f"(?:{'|'.join(map(whole_word, words))})" if words else r"(?!)")


def whole_word(text: str) -> str:
    """Return a pattern of a word; beside Latin letters only those of other Latin words count."""
    if UNSPACED.search(text):
        return re.escape(text)
    edge = "[a-z0-9_]" if text.isascii() else r"\w"
    return rf"(?<!{edge}){re.escape(text)}(?!{edge})"
