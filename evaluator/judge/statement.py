"""What a free text states: labels of the set, a category outside of it, or nothing at all."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evaluator.judge.labels import Label, LabelSet, normalized, one_line
from evaluator.judge.rubric import Rubric
from evaluator.judge.words import UNSPACED, any_of, whole_word

TEXTS_REMEMBERED = 1_000
LONGEST_TEXT = 2_000
LONGEST_CATEGORY = 80

_REASONING = re.compile(r"\A.*</think>|<think>.*\Z", re.DOTALL | re.IGNORECASE)
# A token of a chat template, with the role that may follow it.
_CONTROL_TOKEN = re.compile(
    r"(?:<[|｜]?[/A-Za-z_][^<>]{0,40}>|\[/?[A-Z_]{2,20}\])(?:\s*(?:user|model|assistant|system)\b)?"
)
_END_OF_SEGMENT = re.compile(r"[\n;；。！？]+|[.!?]+(?=\s|$)")
_LIST_SEPARATOR = re.compile(r"[,，、/／|・]")
_CLASS_NUMBER = re.compile(r"(?:label|class|category|answer)\W*([0-9]{1,4})")
_VARIABLE = re.compile(r"\{\{.*?\}\}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A free text, read by rule.

    Attributes:
        text: The text on one line, without control tokens and reasoning, at most
            `LONGEST_CATEGORY` characters.
        named: Labels that it states, the most prominent first.
        others: Further categories that it states beside a first one and that are in no label set.
        ambiguous: Whether it hedges or negates what it states.
        category: Its words for a category that is in no label set, where that comes first.
        is_prose: Whether it only mentions a label, in a text too long to be a category: nobody can
            say by rule what it states.
    """

    text: str
    named: tuple[Label, ...] = ()
    others: int = 0
    ambiguous: bool = False
    category: str | None = None
    is_prose: bool = False

    @property
    def committed(self) -> Label | None:
        """The label that it states alone and without hedging, if it does."""
        alone = len(self.named) == 1 and self.extra_categories == 0
        return self.named[0] if alone and not self.ambiguous else None

    @property
    def extra_categories(self) -> int:
        """Categories after the first."""
        first_is_named = self.category is None and bool(self.named)
        return len(self.named) - first_is_named + self.others


Read = Callable[[str], Statement]


def statement_reader(labels: LabelSet, rubric: Rubric) -> Read:
    """Return the function that reads free texts, remembering those met lately.

    A sentence or line states labels where nothing but filler words stands around them, so
    "The category is sports." does, and "science fiction" does not name science. A list states each
    of its items. What states no label is a category of its own, if it is short enough and no echo
    of the question.
    """
    return lru_cache(maxsize=TEXTS_REMEMBERED)(_Reader(labels, rubric).read)


class _Reader:
    def __init__(self, labels: LabelSet, rubric: Rubric) -> None:
        words = rubric.free_text
        answers = (*rubric.question.answers.yes, *rubric.question.answers.no)
        self._labels = labels
        self._names = any_of(text for text in labels.spellings if _is_word(text))
        self._hedges = any_of(map(normalized, words.hedges))
        fillers = {normalized(word) for word in (*words.fillers, *answers)} - {""}
        self._fillers = any_of(fillers)
        # At the edge of a category a particle is one only beside another filler: と in とら is not.
        self._edges = sorted(fillers, key=lambda word: (-len(word), word))
        self._echoes = tuple(_echoes(rubric))

    def read(self, text: str) -> Statement:
        visible = cleaned(text)
        shown = one_line(visible)[:LONGEST_CATEGORY]
        whole = normalized(visible)
        number = _CLASS_NUMBER.fullmatch(whole)
        label = self._labels.resolve(number.group(1)) if number else self._labels.resolve(whole)
        if label is not None:
            return Statement(shown, (label,))
        segments = [normalized(part) for part in _END_OF_SEGMENT.split(visible)]
        stating = [segment for segment in segments if self._states_labels(segment)]
        if stating:
            return self._several(shown, whole, stating)
        first = next((segment for segment in segments if self._says_something(segment)), "")
        if self._lists(first):
            return self._several(shown, whole, [first])
        category = self._stripped(first)
        label = self._labels.resolve(category) if category else None
        if label is not None:
            return Statement(shown, (label,), ambiguous=self._hedged(first))
        if len(category) > LONGEST_CATEGORY:
            return Statement(shown, is_prose=self._names.search(first) is not None)
        asked = category if category and not self._echoes_question(whole) else None
        return Statement(shown, (), 0, self._hedged(first), asked)

    def _several(self, shown: str, whole: str, segments: Sequence[str]) -> Statement:
        """Return what lists and sentences state, item by item."""
        named: dict[Label, None] = {}
        others: dict[str, None] = {}
        category: str | None = None
        for item in (part for segment in segments for part in _LIST_SEPARATOR.split(segment)):
            if self._states_labels(item):
                named.update(dict.fromkeys(map(self._label, self._names.findall(item))))
            elif self._says_something(item):
                other = self._stripped(item)
                if not named and not others and not self._echoes_question(whole):
                    category = other
                others[other] = None
        return Statement(
            shown,
            tuple(named),
            len(others) - (category is not None),
            any(map(self._hedged, segments)),
            category,
        )

    def _label(self, spelling: str) -> Label:
        return self._labels.spellings[spelling]

    def _lists(self, segment: str) -> bool:
        items = _LIST_SEPARATOR.split(segment)
        return len(items) > 1 and all(len(item) <= LONGEST_CATEGORY for item in items)

    def _states_labels(self, segment: str) -> bool:
        rest = self._names.sub(" ", segment)
        return rest != segment and not self._says_something(rest)

    def _says_something(self, segment: str) -> bool:
        """Whether letters are left without hedges and fillers."""
        return _has_letters(self._fillers.sub(" ", self._hedges.sub(" ", segment)))

    def _hedged(self, segment: str) -> bool:
        return self._hedges.search(self._names.sub(" ", segment)) is not None

    def _stripped(self, segment: str) -> str:
        """Return a segment without hedges and the fillers at its edges."""
        rest = _bare(self._hedges.sub(" ", segment))
        while trimmed := self._trimmed(rest):
            rest = trimmed
        return one_line(rest)

    def _trimmed(self, text: str) -> str | None:
        """Return a text without one filler at an edge, with its particles, or None without one."""
        for word in self._edges:
            if _is_particle(word):
                continue
            for cut, beside in (
                (_without_prefix(text, word), _without_prefix),
                (_without_suffix(text, word), _without_suffix),
            ):
                if cut is None:
                    continue
                particles = (beside(cut, one) for one in self._edges if _is_particle(one))
                return next((shorter for shorter in particles if shorter), cut)
        return None

    def _echoes_question(self, text: str) -> bool:
        return any(echo.search(text) for echo in self._echoes)


def cleaned(text: str) -> str:
    """Return the beginning of a text without reasoning, control tokens and control characters."""
    answer = unicodedata.normalize("NFKC", _REASONING.sub(" ", text)[: 2 * LONGEST_TEXT])
    visible = "".join(
        character
        for character in answer
        if character in "\n\t\r" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )
    before = None
    while before != visible:  # what is left around a token may be one again
        before, visible = visible, _CONTROL_TOKEN.sub(" ", visible)
    return re.sub("[<>]", " ", visible[:LONGEST_TEXT]).replace("’", "'")


def _echoes(rubric: Rubric) -> Iterable[re.Pattern[str]]:
    """Yield patterns of the question's own words, which no category consists of."""
    forms = (rubric.question, rubric.free_text.same)
    for sentence in (*(form.instruction for form in forms), rubric.criteria):
        yield re.compile(re.escape(_bare(normalized(sentence))))
    for form in forms:
        pieces = [_bare(normalized(piece)) for piece in _VARIABLE.split(form.item)]
        yield re.compile(".*".join(map(whole_word, filter(None, pieces))))


def _bare(text: str) -> str:
    """Return a text without punctuation at its edges."""
    letters = [place for place, one in enumerate(text) if one.isalnum()]
    return text[letters[0] : letters[-1] + 1] if letters else ""


def _without_prefix(text: str, word: str) -> str | None:
    rest = text.removeprefix(word)
    ends = bool(UNSPACED.search(word)) or not rest[:1].isalnum()
    return _bare(rest) if rest != text and ends else None


def _without_suffix(text: str, word: str) -> str | None:
    rest = text.removesuffix(word)
    ends = bool(UNSPACED.search(word)) or not rest[-1:].isalnum()
    return _bare(rest) if rest != text and ends else None


def _is_word(text: str) -> bool:
    """Whether a spelling can be looked for inside a text: a lone letter or a number cannot."""
    return sum(character.isalpha() for character in text) > 1 or bool(UNSPACED.search(text))


def _is_particle(word: str) -> bool:
    return len(word) == 1 and bool(UNSPACED.search(word))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
