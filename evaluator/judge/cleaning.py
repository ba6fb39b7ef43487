"""A free text without what a reader does not see and a model should not read."""

import re
import unicodedata

LONGEST_TEXT = 2_000
DENIAL = "¬"
LONGEST_TOKEN = 40

_REASONING = re.compile(r"\A.*</think>|<think>.*\Z", re.DOTALL | re.IGNORECASE)
# A token of a chat template, with the role that may follow it.
_CONTROL_TOKEN = re.compile(
    r"(?:<[|｜]?[/0-9A-Za-z_][^<>]{0,40}>|\[/?[A-Z_]{2,20}\])"
    r"(?:\s*(?:user|model|assistant|system)\b)?"
)
# Who speaks, at the beginning of a line of a transcript.
_SPEAKER = re.compile(
    r"^[#\s]*(?:user|human|model|assistant|system|bot|ai|ユーザー|アシスタント|システム)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
# Combining characters of class 1, which are drawn over a letter.
_OVERLAYS = "\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20e5\u20e6\u20ea\u20eb"
# Comments, and strokes that take back what they go through: Markdown, HTML, combining characters.
_STRUCK_OUT = re.compile(
    rf"<!--.*?-->|~~.+?~~|<(del|strike)>.*?</\1>|(?:[^{_OVERLAYS}\n][{_OVERLAYS}]+)+",
    re.DOTALL | re.IGNORECASE,
)
_DENIAL_SIGN = re.compile(r"[¬≠✗✘❌🚫⛔]|(?<!\S)!+(?=\w)")
# Characters that Unicode calls ignorable by default and that are no format characters.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")
# Cyrillic, Greek and Armenian letters and the Latin ones that they are confusable with by Unicode
# Technical Standard 39.
_LOOKALIKES = str.maketrans(
    "асԁеһіјкӏорԛѕѵԝху" + "АВСЕНІЈКМОРЅТѴԜХУ" + "αγιορυν" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "օսոհցզ",
    "acdehijklopqsvwxy" + "ABCEHIJKMOPSTVWXY" + "ayiopuv" + "ABEZHIKMNOPTYX" + "ounhgq",
)


def cleaned(text: str) -> str:
    """Return the beginning of a text without what a model should not read in it.

    Left out are reasoning before the answer, tokens of chat templates, who speaks, what is struck
    out and invisible characters. Width is folded (NFKC), signs of denial become `DENIAL`, and
    letters of other scripts in a Latin word the Latin ones that they look like. At most
    `LONGEST_TEXT` characters are left, and no part of a word at their end.
    """
    answer = _REASONING.sub(" ", text)
    window = answer[: 2 * LONGEST_TEXT]
    if len(window) < len(answer):
        window = re.sub(rf"<[^<>]{{0,{LONGEST_TOKEN}}}\Z", " ", window)
    kept = unicodedata.normalize("NFKC", _STRUCK_OUT.sub(" ", _IGNORABLE.sub("", window)))
    visible = _without_tokens("".join(filter(_is_visible, _DENIAL_SIGN.sub(f" {DENIAL} ", kept))))
    folded = _in_one_script(_SPEAKER.sub(" ", visible))
    beginning = folded[:LONGEST_TEXT]
    if len(beginning) < len(folded) or len(window) < len(answer):
        beginning = re.sub(rf"(?<=\W)\w{{0,{LONGEST_TOKEN}}}\Z", "", beginning)
    return re.sub("[<>]", " ", beginning).replace("’", "'")


def is_denied(text: str) -> bool:
    """Whether a text begins with a sign of denial, such as `!` or `≠`."""
    return _DENIAL_SIGN.match(text.lstrip()) is not None


def _is_visible(character: str) -> bool:
    """Whether a character is one that is read: no control, format, surrogate or private one."""
    return character in "\n\t\r" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}


def _without_tokens(text: str) -> str:
    before = None
    while before != text:  # what is left around a token may be one again
        before, text = text, _CONTROL_TOKEN.sub(" ", text)
    return text


def _in_one_script(text: str) -> str:
    """Return a text whose words are Latin where all letters are or look like it, if any is."""
    if text.isascii() or not _LATIN.search(text):
        return text
    return _WORD.sub(_as_latin, text)


def _as_latin(word: re.Match[str]) -> str:
    text = word.group()
    latin = text.translate(_LOOKALIKES)
    return latin if latin.isascii() else text
