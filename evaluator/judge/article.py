"""An article as a judge may read it: harmless, on one line, within a budget of tokens."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from evaluator.cases.digest import KEY_BYTES, text_sha256

LETTERS_A_TOKEN = 3
"""English runs to four letters a token; numbers and code, to one character."""

CUT = "…"
LONGEST_WORD_CUT = 40
"""Characters of a word that a cut gives up; a script without spaces is cut between any two."""

CHARACTERS_READ_A_TOKEN = 64
"""What lies further on is not looked at, so that an article of any size costs the same."""

_UNIT = re.compile(rf"[A-Za-z]{{1,{LETTERS_A_TOKEN}}}|[^A-Za-z\s]")
_TAG = re.compile(r"<[|/\w\s.:-]{1,48}>|<[|｜][^<>]{0,48}[|｜]>|\[/?INST\]")
_ROUND = str.maketrans("<>[]", "()()")
_UNREADABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """What a judge reads of an article.

    Attributes:
        excerpt: The readable beginning.
        digest: What tells it from others, 32 hexadecimal digits.
    """

    excerpt: str
    digest: str


def shown_article(text: str | None, tokens: int) -> ShownArticle | None:
    """Return what a judge reads of an article, or None where nothing in it can be read.

    Args:
        text: The article, if there is one.
        tokens: See `readable_article`.
    """
    excerpt = readable_article(text or "", tokens)
    return ShownArticle(excerpt, text_sha256(excerpt)[: 2 * KEY_BYTES]) if excerpt else None


def readable_article(text: str, tokens: int) -> str:
    """Return an article's beginning, safe to be quoted in a prompt.

    Tags and chat-control tokens (`<start_of_turn>`, `<|eot_id|>`, `[INST]`) are removed. All of
    them are written in angle or square brackets, so what is left of those becomes round: neither a
    control token nor a prompt's own mark around the article can be spelled in it. Characters that
    cannot be seen are removed, and white space, line breaks too, becomes single spaces, so that
    nothing in the article stands on a line of its own as a question does.

    Args:
        text: The article.
        tokens: The most tokens it may take, as `token_estimate` counts them; at least 2.
    """
    seen = text[: tokens * CHARACTERS_READ_A_TOKEN].translate(_SEEN)
    return _cut(" ".join(_TAG.sub(" ", seen).translate(_ROUND).split()), tokens)


def token_estimate(text: str) -> int:
    """Return about how many tokens a text has, rather too many than too few.

    A judge's tokenizer is not at hand where its prompts are written. A word takes a token for each
    three of its Latin letters; any other character, such as a digit or an ideograph, takes one.
    """
    return len(_UNIT.findall(text))


class _Seen(dict[int, str]):
    """What each character becomes: a space if it parts words or lines, nothing if invisible."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            shown = " "
        else:
            shown = "" if unicodedata.category(character) in _UNREADABLE else character
        self[code] = shown
        return shown


_SEEN = _Seen()


def _cut(text: str, tokens: int) -> str:
    """Return a text on one line, cut between words where it is longer than the budget."""
    ends = [unit.end() for unit in islice(_UNIT.finditer(text), tokens + 1)]
    if len(ends) <= tokens:
        return text
    return _to_a_word(text, ends[tokens - 2]) + CUT  # the mark of the cut takes the last token


def _to_a_word(text: str, end: int) -> str:
    """Return a text's beginning without the word that the cut at a position would break."""
    start = text.rfind(" ", max(0, end - LONGEST_WORD_CUT), end + 1)
    return text[: start if start >= 0 else end].rstrip()
