"""What a free text states: labels of the set, a category outside of it, or nothing at all."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from evaluator.judge.labels import Label, LabelSet, normalized, one_line
from evaluator.judge.rubric import Rubric

TEXTS_REMEMBERED = 1_000
LONGEST_TEXT = 2_000
LONGEST_CATEGORY = 80
SHORTEST_ECHO = 8

_REASONING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
# A token of a chat template, with the role that may follow it.
_CONTROL_TOKEN = re.compile(
    r"(?:<[|｜][^<>]{1,40}[|｜]>|</?[A-Za-z][\w-]{0,30}>|\[/?[A-Z_]{2,20}\])"
    r"(?:\s*(?:user|model|assistant|system)\b)?"
)
_END_OF_SEGMENT = re.compile(r"[\n;；。！？]+|[.!?]+(?=\s|$)")
_EDGE_PUNCTUATION = re.compile(r"\A\W+|\W+\Z")
_VARIABLE = re.compile(r"\{\{.*?\}\}")
# Scripts written without spaces, in which a word's ends cannot be seen.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Statement:
    """A free text, read by rule.

    Attributes:
        text: The text on one line, without control tokens and reasoning, at most
            `LONGEST_CATEGORY` characters.
        named: Labels that it states, the most prominent first.
        ambiguous: Whether it hedges or negates what it states.
        category: Its words for a category that is in no label set; None where it names a label, and
            where it states no category at all.
    """

    text: str
    named: tuple[Label, ...] = ()
    ambiguous: bool = False
    category: str | None = None

    @property
    def committed(self) -> Label | None:
        """The label that it states alone and without hedging, if it does."""
        return self.named[0] if len(self.named) == 1 and not self.ambiguous else None


Read = Callable[[str], Statement]


def statement_reader(labels: LabelSet, rubric: Rubric) -> Read:
    """Return the function that reads free texts, remembering those met lately.

    A sentence or line states labels where nothing but filler words stands around them, so
    "The category is sports." does, and "science fiction" does not name science. What states no
    label is a category of its own, if it is short enough and no echo of the question.
    """
    return lru_cache(maxsize=TEXTS_REMEMBERED)(_Reader(labels, rubric).read)


class _Reader:
    def __init__(self, labels: LabelSet, rubric: Rubric) -> None:
        words = rubric.free_text
        answers = (*rubric.question.answers.yes, *rubric.question.answers.no)
        spellings = {text: one for text, one in labels.spellings.items() if _is_word(text)}
        self._label_of = spellings
        self._labels = _any_of(spellings)
        self._hedges = _any_of(map(normalized, words.hedges))
        fillers = [normalized(word) for word in (*words.fillers, *answers)]
        particles = _any_of(word for word in fillers if _is_particle(word)).pattern
        others = _any_of(word for word in fillers if not _is_particle(word)).pattern
        self._fillers = _any_of(fillers)
        # At the edge of a category a particle is one only beside another filler: と in とら is not.
        self._leading = re.compile(rf"\A(?:\W*{others}(?:\W*{particles})*)*\W*")
        self._trailing = re.compile(rf"\W*(?:(?:{particles}\W*)*{others}\W*)*\Z")
        self._echoes = tuple(_echoes(rubric))

    def read(self, text: str) -> Statement:
        cleaned = _cleaned(text)
        shown = one_line(cleaned)[:LONGEST_CATEGORY]
        segments = [normalized(part) for part in _END_OF_SEGMENT.split(cleaned)]
        stating = [segment for segment in segments if self._states_labels(segment)]
        if stating:
            met = (self._label_of[name] for part in stating for name in self._labels.findall(part))
            return Statement(shown, tuple(dict.fromkeys(met)), any(map(self._hedged, stating)))
        for segment in segments:
            category = self._category(segment)
            if category:
                told = category if self._may_be_asked(segment, category) else None
                return Statement(shown, (), self._hedged(segment), told)
        return Statement(shown)

    def _states_labels(self, segment: str) -> bool:
        rest = self._labels.sub(" ", segment)
        return rest != segment and not _has_letters(self._without_hedges_and_fillers(rest))

    def _hedged(self, segment: str) -> bool:
        return self._hedges.search(self._labels.sub(" ", segment)) is not None

    def _category(self, segment: str) -> str:
        """Return what is left of a segment without hedges and the fillers around it."""
        if not _has_letters(self._without_hedges_and_fillers(segment)):
            return ""
        unhedged = self._hedges.sub(" ", segment)
        return one_line(self._trailing.sub("", self._leading.sub("", unhedged)))

    def _may_be_asked(self, segment: str, category: str) -> bool:
        echo = any(echo in segment for echo in self._echoes)
        return len(category) <= LONGEST_CATEGORY and not echo

    def _without_hedges_and_fillers(self, text: str) -> str:
        return self._fillers.sub(" ", self._hedges.sub(" ", text))


def _cleaned(text: str) -> str:
    """Return the beginning of a text without what a model should not read in it."""
    said = _CONTROL_TOKEN.sub(" ", _REASONING.sub(" ", text))[:LONGEST_TEXT].replace("’", "'")
    return "".join(
        character
        for character in said
        if character in "\n\t\r" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )


def _echoes(rubric: Rubric) -> Iterable[str]:
    """Yield texts of the question's own that no category contains."""
    forms = (rubric.question, rubric.free_text.same)
    pieces = [piece for form in forms for piece in (form.instruction, *_VARIABLE.split(form.item))]
    for piece in (*pieces, rubric.criteria):
        echo = _EDGE_PUNCTUATION.sub("", normalized(piece))
        if len(echo) >= SHORTEST_ECHO:
            yield echo


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of whole words, the longest first; of none, one that never matches."""
    words = sorted({text for text in texts if text}, key=lambda text: (-len(text), text))
    return re.compile(f"(?:{'|'.join(map(_whole_word, words))})" if words else r"(?!)")


def _whole_word(text: str) -> str:
    if _UNSPACED.search(text):
        return re.escape(text)
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _is_word(text: str) -> bool:
    """Whether a spelling can be looked for inside a text: a lone letter or a number cannot."""
    return sum(character.isalpha() for character in text) > 1 or bool(_UNSPACED.search(text))


def _is_particle(word: str) -> bool:
    return len(word) == 1 and bool(_UNSPACED.search(word))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
