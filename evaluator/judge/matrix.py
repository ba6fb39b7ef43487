"""The verdict matrix: every pair of labels judged once, for any number of articles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.question import (
    Question,
    TextPair,
    both_orders,
    related_questions,
    same_questions,
)
from evaluator.judge.scoring import Reading


@dataclass(frozen=True, slots=True)
class PairJudgement:
    """What the judge says of two labels.

    Attributes:
        forward: The answer with the pair's first label named first.
        backward: The answer with its second label named first.
    """

    forward: Reading
    backward: Reading

    @property
    def logit(self) -> float:
        """Mean of both orders' logits."""
        return (self.forward.logit + self.backward.logit) / 2

    @property
    def p_related(self) -> float:
        """Logistic function of the mean logit, 0 to 1."""
        return 0.5 * (1.0 + math.tanh(self.logit / 2))

    @property
    def mass(self) -> float:
        """The smaller probability that went to the answer words, 0 to 1."""
        return min(self.forward.mass, self.backward.mass)

    @property
    def flips(self) -> bool:
        """Whether the order of the labels changes the answer."""
        return (self.forward.logit > 0) != (self.backward.logit > 0)


@dataclass(frozen=True, slots=True)
class TextJudgement:
    """What the judge says of a text and a gold label.

    Attributes:
        related: Whether they are related; `forward` names the text first.
        same: Whether they mean the same; `forward` names the text first.
    """

    related: PairJudgement
    same: PairJudgement


@dataclass(frozen=True, slots=True)
class VerdictMatrix:
    """One judge's verdicts on a label set, and on the texts outside of it that were met.

    Attributes:
        lock: Which judge.
        labels: The label set.
        judgements: Verdicts by pair.
        unanswered: Reasons by pair, for pairs that have no verdict.
        text_judgements: Verdicts on texts by text and gold label.
        unanswered_texts: Reasons for those that have no verdict.
    """

    lock: JudgeLock
    labels: LabelSet
    judgements: Mapping[LabelPair, PairJudgement]
    unanswered: Mapping[LabelPair, str]
    text_judgements: Mapping[TextPair, TextJudgement] = field(default_factory=dict)
    unanswered_texts: Mapping[TextPair, str] = field(default_factory=dict)

    @property
    def unanswered_share(self) -> float:
        """Share of the asked pairs that have no verdict, 0 to 1."""
        asked = len(self.judgements) + len(self.unanswered)
        return len(self.unanswered) / asked if asked else 0.0

    @property
    def mean_relevance(self) -> float | None:
        """Mean P(related) over all judged pairs: what a label drawn at random would get.

        None where only the pairs that were met were asked: those are no random draw.
        """
        asked = len(self.judgements) + len(self.unanswered)
        if not self.judgements or asked < math.comb(len(self.labels), 2):
            return None
        return sum(one.p_related for one in self.judgements.values()) / len(self.judgements)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the judge is asked about.

    Attributes:
        pairs: Pairs of labels.
        texts: Texts outside of the label set, with their gold labels.
    """

    pairs: Sequence[LabelPair]
    texts: Sequence[TextPair] = ()

    @property
    def questions(self) -> list[Question]:
        """Both orders of each question, those of one kind together: they share a prompt."""
        return [
            *(question for pair in self.pairs for question in both_orders(pair)),
            *(question for pair in self.texts for question in related_questions(pair)),
            *(question for pair in self.texts for question in same_questions(pair)),
        ]


Heard = Mapping[Question, Answer | NoAnswer]


def assemble(lock: JudgeLock, labels: LabelSet, wanted: Wanted, heard: Heard) -> VerdictMatrix:
    """Return the matrix of what was asked and heard."""
    judgements: dict[LabelPair, PairJudgement] = {}
    unanswered: dict[LabelPair, str] = {}
    text_judgements: dict[TextPair, TextJudgement] = {}
    unanswered_texts: dict[TextPair, str] = {}
    for pair in wanted.pairs:
        judgement = _judgement(both_orders(pair), heard)
        if isinstance(judgement, PairJudgement):
            judgements[pair] = judgement
        else:
            unanswered[pair] = judgement
    for text in wanted.texts:
        related = _judgement(related_questions(text), heard)
        same = _judgement(same_questions(text), heard)
        if isinstance(related, str):
            unanswered_texts[text] = related
        elif isinstance(same, str):
            unanswered_texts[text] = same
        else:
            text_judgements[text] = TextJudgement(related, same)
    return VerdictMatrix(lock, labels, judgements, unanswered, text_judgements, unanswered_texts)


def _judgement(questions: tuple[Question, Question], heard: Heard) -> PairJudgement | str:
    """Return the judgement from both orders' answers, or why there is none."""
    forward, backward = (heard[question] for question in questions)
    if isinstance(forward, NoAnswer):
        return forward.reason
    if isinstance(backward, NoAnswer):
        return backward.reason
    return PairJudgement(forward.reading, backward.reading)
