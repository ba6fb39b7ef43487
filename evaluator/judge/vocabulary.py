"""A rubric's words and a set's labels, as they are looked for in free text."""

import re

from evaluator.judge.cleaning import DENIAL
from evaluator.judge.labels import Label, LabelSet, normalized, one_line
from evaluator.judge.rubric import Rubric
from evaluator.judge.words import UNSPACED, any_of

# A full stop after "i.e" or "vs" ends no sentence.
SENTENCE_END = re.compile(
    r"[\n;；。！？]+|(?<![a-z]\.[a-z])(?<!\bvs)[.!?]+(?=\s|$)|[!?]+(?=[^\x00-\x7f])"
)
_FIRST_MARK = 0xF0000
_MARKS = re.compile("[\U000f0000-\U0010ffff]")


class Marks:
    """Label names in a text, each as one private-use character.

    Marked, a name with a comma, a bracket or a filler word in it stays one thing. A text must hold
    no private-use characters of its own.

    Args:
        labels: The label set.
    """

    def __init__(self, labels: LabelSet) -> None:
        words = [spelling for spelling in labels.spellings if _is_word(spelling)]
        self._names = any_of(words)
        self._marks = {word: chr(_FIRST_MARK + place) for place, word in enumerate(words)}
        self._words = {mark: word for word, mark in self._marks.items()}
        self._labels = {mark: labels.spellings[word] for mark, word in self._words.items()}

    def marked(self, text: str) -> str:
        """Return a normalized text with every label name marked, the longest names first."""
        return self._names.sub(lambda name: self._marks[name.group()], text)

    def unmarked(self, text: str) -> str:
        """Return the text that was marked."""
        return _MARKS.sub(lambda mark: self._words[mark.group()], text)

    def begins(self, text: str) -> bool:
        """Whether a text begins with a label."""
        return _MARKS.match(text) is not None

    def labels(self, text: str) -> tuple[Label, ...]:
        """Return the labels marked in a text, each once."""
        return tuple(dict.fromkeys(self._labels[mark] for mark in _MARKS.findall(text)))


class Vocabulary:
    """The words of a rubric's `free_text`, looked for in normalized and marked text.

    Args:
        rubric: The rubric.
    """

    def __init__(self, rubric: Rubric) -> None:
        words = rubric.free_text
        # A lone letter stands for how an answer's first token can look.
        answers = {normalized(word) for word in rubric.question.answers.yes if len(word) > 1}
        denials = {normalized(word) for word in rubric.question.answers.no if len(word) > 1}
        fillers = ({normalized(word) for word in words.fillers} | answers) - {""}
        self._hedges = any_of({*map(normalized, words.hedges), *denials})
        self._negations = any_of({*map(normalized, words.negations), DENIAL})
        self._fillers = any_of(fillers)
        self._empty = any_of(map(normalized, words.empty))
        talk = {normalized(word) for word in words.talk} | answers
        self._talk = any_of(talk)
        self._phrases = any_of(word for word in talk if " " in word)
        # At the edge of a category a particle is one only beside another filler: と in とら is not.
        self._leading = sorted(fillers, key=lambda word: (-len(word), word))
        self._trailing = [word for word in self._leading if word not in answers]

    def hedged(self, text: str) -> bool:
        """Whether a text hedges, or denies the labels that it names."""
        rest = _MARKS.sub(" ", text)
        if self._hedges.search(rest):
            return True
        return rest != text and self._negations.search(rest) is not None

    def says_something(self, text: str) -> bool:
        """Whether a text has letters beside marks, hedges, fillers and empty words."""
        rest = _MARKS.sub(" ", text)
        patterns = [self._hedges, self._empty, self._fillers]
        if rest != text:
            patterns.insert(0, self._negations)
        for pattern in patterns:
            rest = pattern.sub(" ", rest)
        return any(map(str.isalpha, rest))

    def names_labels_alone(self, text: str) -> bool:
        """Whether a text has marks, and says nothing beside them."""
        return _MARKS.search(text) is not None and not self.says_something(text)

    def is_talk(self, text: str) -> bool:
        """Whether a text is a sentence or an instruction, which no category's name is."""
        if self._phrases.search(text):
            return True
        return self._talk.search(self._framed(text, self._trailing)) is not None

    def stripped(self, text: str) -> str:
        """Return a text without hedges and the fillers at its edges."""
        return one_line(self._framed(text, self._leading))

    def _framed(self, text: str, trailing: list[str]) -> str:
        rest = bare(self._hedges.sub(" ", text))
        while trimmed := _trimmed(rest, self._leading, trailing):
            rest = trimmed
        return rest


def is_unspaced(text: str) -> bool:
    """Whether a text is in a script written without spaces."""
    return UNSPACED.search(text) is not None


def bare(text: str) -> str:
    """Return a text without punctuation at its edges."""
    kept = [place for place, one in enumerate(text) if one.isalnum() or _MARKS.match(one)]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _trimmed(text: str, leading: list[str], trailing: list[str]) -> str | None:
    """Return a text without one filler at an edge, with its particles, or None without one."""
    after = next((one for one in trailing if _is_particle(one) and text.endswith(one)), None)
    if after is not None and any(map(text[: -len(after)].endswith, _longer(trailing))):
        return text[: -len(after)]
    for words, cut in ((leading, _without_prefix), (trailing, _without_suffix)):
        for word in words:
            rest = None if _is_particle(word) else cut(text, word)
            if rest is None:
                continue
            particles = (cut(rest, one) for one in words if _is_particle(one))
            return next((shorter for shorter in particles if shorter), rest)
    return None


def _longer(words: list[str]) -> list[str]:
    return [word for word in words if not _is_particle(word)]


def _without_prefix(text: str, word: str) -> str | None:
    rest = text.removeprefix(word)
    ends = is_unspaced(word) or not rest[:1].isalnum()
    return bare(rest) if rest != text and ends else None


def _without_suffix(text: str, word: str) -> str | None:
    rest = text.removesuffix(word)
    ends = is_unspaced(word) or not rest[-1:].isalnum()
    return bare(rest) if rest != text and ends else None


def _is_word(text: str) -> bool:
    """Whether a spelling can be looked for inside a text: a lone letter or a number cannot."""
    return sum(character.isalpha() for character in text) > 1 or is_unspaced(text)


def _is_particle(word: str) -> bool:
    return len(word) == 1 and is_unspaced(word)
