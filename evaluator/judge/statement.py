"""What a free text states: labels of the set, a category outside of it, or nothing at all."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from evaluator.judge.cleaning import cleaned
from evaluator.judge.echoes import Echoes
from evaluator.judge.labels import Label, LabelSet, normalized, one_line
from evaluator.judge.rubric import Rubric
from evaluator.judge.vocabulary import SENTENCE_END, Marks, Vocabulary, is_unspaced
from evaluator.judge.words import UNSPACED

TEXTS_REMEMBERED = 1_000
LONGEST_CATEGORY = 80
FEWEST_LETTERS = 2

# Brackets, dashes, colons, arrows, and spaces in a script that has none: what is before them and
# after them are two statements.
_UNSPACED = UNSPACED.pattern
_UNSPACED_OR_MARK = rf"{_UNSPACED}|[\U000f0000-\U0010ffff]"
_ASIDE = re.compile(
    r"[()\[\]{}「」『』【】〔〕=→⇒–—―]|/\*|\*/|--|\s-\s|(?<![0-9]):|:(?![0-9])"
    rf"|(?<={_UNSPACED_OR_MARK})\s(?={_UNSPACED})|(?<={_UNSPACED})\s(?={_UNSPACED_OR_MARK})"
)
_LIST_SEPARATOR = re.compile(r"[,，、/／|・•·]")
_CLASS_NUMBER = re.compile(r"(?:label|class|category|answer)\W*([0-9]{1,4})")


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
        is_prose: Whether it only mentions a label, in a text that is no category: nobody can say
            by rule what it states.
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

    A part of a sentence states labels where nothing but filler words stands around them, so "The
    category is sports (score: 1.0)." does, and "science fiction" does not name science. A list
    states each of its items. What states no label is a category of its own, if it is short enough,
    no sentence and no echo of the question.
    """
    return lru_cache(maxsize=TEXTS_REMEMBERED)(_Reader(labels, rubric).read)


class _Reader:
    def __init__(self, labels: LabelSet, rubric: Rubric) -> None:
        self._labels = labels
        self._rubric = rubric

    # What follows is for texts that are no label, and takes longer to make than a label to read.
    @cached_property
    def _marks(self) -> Marks:
        return Marks(self._labels)

    @cached_property
    def _words(self) -> Vocabulary:
        return Vocabulary(self._rubric)

    @cached_property
    def _echoes(self) -> Echoes:
        return Echoes(self._rubric)

    def read(self, text: str) -> Statement:
        kept = cleaned(text)
        shown = one_line(kept)[:LONGEST_CATEGORY]
        label = self._label(normalized(kept))
        if label is not None:
            return Statement(shown, (label,))
        sentences = self._sentences(kept)
        parts = [_ASIDE.split(sentence) for sentence in sentences]
        doubts = any(map(self._only_hedges, sentences))
        stated = " ".join(part for one in parts for part in self._stated(one))
        if stated:
            ambiguous = doubts or self._words.hedged(stated)
            return Statement(shown, self._marks.labels(stated), 0, ambiguous)
        return self._first_said(shown, [part for one in parts for part in one], doubts)

    def _label(self, whole: str) -> Label | None:
        number = _CLASS_NUMBER.fullmatch(whole)
        return self._labels.resolve(number.group(1) if number else whole)

    def _sentences(self, text: str) -> list[str]:
        """Return the sentences with their labels marked, without those that echo the question."""
        lines = (self._marks.marked(normalized(line)) for line in text.split("\n"))
        sentences = [one for line in lines for one in SENTENCE_END.split(line)]
        unmarked = [normalized(self._marks.unmarked(one)) for one in sentences]
        echoes = self._echoes.among(unmarked)
        return [one for one, echo in zip(sentences, echoes, strict=True) if not echo]

    def _stated(self, parts: Sequence[str]) -> Sequence[str]:
        """Return the parts of a sentence up to the last that states labels, and the empty ones."""
        last = max((place for place, part in enumerate(parts) if self._states(part)), default=-1)
        if last < 0:
            return ()
        return [part for place, part in enumerate(parts) if place <= last or not self._says(part)]

    def _states(self, part: str) -> bool:
        return self._words.names_labels_alone(part)

    def _only_hedges(self, sentence: str) -> bool:
        named = self._marks.labels(sentence)
        return not named and self._words.hedged(sentence) and not self._says(sentence)

    def _says(self, part: str) -> bool:
        return self._words.says_something(part)

    def _first_said(self, shown: str, parts: Sequence[str], doubts: bool) -> Statement:
        """Return what the first part states that says something and is no talk."""
        mentions = False
        for part in filter(self._says, parts):
            named = self._marks.labels(part)
            said = self._words.stripped(part)
            ambiguous = doubts or self._words.hedged(part)
            if self._lists(part):
                listed = self._listed(shown, part, ambiguous)
                if listed is not None:
                    return listed
            elif len(self._marks.unmarked(said)) > LONGEST_CATEGORY:
                return Statement(shown, is_prose=mentions or bool(named))
            elif len(named) > 1:
                return Statement(shown, named, 0, ambiguous)
            elif not self._words.is_talk(part):
                return self._of_its_own(shown, said, ambiguous)
            elif self._marks.begins(said):
                return Statement(shown, named, 0, ambiguous=True)
            mentions = mentions or bool(named)
        return Statement(shown, is_prose=mentions)

    def _of_its_own(self, shown: str, said: str, ambiguous: bool) -> Statement:
        category = one_line(self._marks.unmarked(said))
        label = self._labels.resolve(category)
        if label is not None:
            return Statement(shown, (label,), 0, ambiguous)
        letters = sum(map(str.isalpha, category))
        if letters < FEWEST_LETTERS and not is_unspaced(category):
            return Statement(shown)
        return Statement(shown, (), 0, ambiguous, category)

    def _lists(self, part: str) -> bool:
        items = _LIST_SEPARATOR.split(part)
        return len(items) > 1 and all(len(item) <= LONGEST_CATEGORY for item in items)

    def _listed(self, shown: str, part: str, ambiguous: bool) -> Statement | None:
        """Return what a list states item by item, or None where no item is a category."""
        named: dict[Label, None] = {}
        others: dict[str, None] = {}
        category: str | None = None
        for item in _LIST_SEPARATOR.split(part):
            if self._states(item):
                named.update(dict.fromkeys(self._marks.labels(item)))
            elif self._says(item) and not self._words.is_talk(item):
                other = self._of_its_own("", self._words.stripped(item), False).category
                if other is not None:
                    category = category if named or others else other
                    others[other] = None
        if not named and not others:
            return None
        return Statement(
            shown, tuple(named), len(others) - (category is not None), ambiguous, category
        )
