"""Questions with known answers: another name of a label belongs to it, not to a far label."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.judge.asking import Answer, Heard
from evaluator.judge.biases import Leanings
from evaluator.judge.labels import Label, LabelSet, normalized
from evaluator.judge.question import Question


@dataclass(frozen=True, slots=True)
class Sentinel:
    """A clue that must sound nearer to its own label than to another.

    Attributes:
        clue: An alias of the label, or its description.
        own: Name of the label.
        other: Name of a label far from it in the set.
    """

    clue: str
    own: str
    other: str

    @property
    def questions(self) -> tuple[Question, Question]:
        """The clue and its own label, the clue and the other one."""
        return Question(self.clue, self.own), Question(self.clue, self.other)


def sentinels_of(labels: LabelSet) -> tuple[Sentinel, ...]:
    """Return a sentinel for each label that has an alias or a description, for two labels or more.

    The other label stands half the set away: sets are mostly sorted, with like beside like.
    """
    found = list(labels)
    half = len(found) // 2
    if not half:
        return ()
    clues = [(clue_of(label), position, label) for position, label in enumerate(found)]
    return tuple(
        Sentinel(clue, label.name, found[(position + half) % len(found)].name)
        for clue, position, label in clues
        if clue is not None
    )


def sentinel_questions(sentinels: Sequence[Sentinel]) -> list[Question]:
    """Return the two questions of each sentinel."""
    return [question for sentinel in sentinels for question in sentinel.questions]


def margins(
    sentinels: Sequence[Sentinel], biases: Leanings, heard: Heard
) -> tuple[float | None, ...]:
    """Return how much nearer each sentinel's own label is than the other, in the logit.

    Both answers share the clue and the order, and so the judge's leaning to either; its leaning to
    the two labels is taken away where it is known of both.

    Returns:
        One for each sentinel, None where an answer is missing.
    """
    return tuple(_margin(sentinel, biases, heard) for sentinel in sentinels)


def _margin(sentinel: Sentinel, biases: Leanings, heard: Heard) -> float | None:
    own, other = (heard.get(question) for question in sentinel.questions)
    if not isinstance(own, Answer) or not isinstance(other, Answer):
        return None
    gap = own.reading.logit - other.reading.logit
    if {sentinel.own, sentinel.other} <= biases.keys():
        gap -= biases[sentinel.own] - biases[sentinel.other]
    return gap


def clue_of(label: Label) -> str | None:
    """Return the text by which a label is asked about: an alias, or else its description."""
    known = {normalized(label.name), normalized(label.plain)}
    for alias in label.aliases:
        if normalized(alias) not in known:
            return alias
    return label.description or None
