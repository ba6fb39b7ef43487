"""The verdict matrix: every pair of labels judged once, for any number of articles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluator.judge.asking import Heard, NoAnswer
from evaluator.judge.biases import bias_questions
from evaluator.judge.calibration import Calibration
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.overrides import Overrides
from evaluator.judge.question import (
    Question,
    TextPair,
    both_orders,
    related_questions,
    same_questions,
)
from evaluator.judge.scoring import Reading
from evaluator.judge.sentinels import Sentinel, sentinel_questions


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
    def probability(self) -> float:
        """Logistic function of the mean logit, 0 to 1: the judge's own, leanings and all."""
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
        calibration: How logits become probabilities; None leaves them as the judge gave them.
        sentinel_margins: How much nearer each sentinel's own label is; None without an answer.
        overrides: What people decided instead of the judge.
        lost: Questions of the calibration that the judge failed at for the moment, by reason.
    """

    lock: JudgeLock
    labels: LabelSet
    judgements: Mapping[LabelPair, PairJudgement]
    unanswered: Mapping[LabelPair, str]
    text_judgements: Mapping[TextPair, TextJudgement] = field(default_factory=dict)
    unanswered_texts: Mapping[TextPair, str] = field(default_factory=dict)
    calibration: Calibration | None = None
    sentinel_margins: tuple[float | None, ...] = ()
    overrides: Overrides = field(default_factory=Overrides)
    lost: Mapping[str, int] = field(default_factory=dict)

    def p_related(self, pair: LabelPair) -> float:
        """Return P(related) of a judged pair, 0 to 1; 0 or 1 where people decided.

        Raises:
            KeyError: The pair has no verdict.
        """
        overruled = self.overrides.levels.get(pair)
        if overruled is not None:
            return float(overruled != "unrelated")
        if self.calibration is None:
            return self.judgements[pair].probability
        return self.calibration.fit.probability(self.centred_logit(pair))

    def centred_logit(self, pair: LabelPair) -> float:
        """Return the logit of a judged pair, less the judge's leaning to either label if measured.

        Raises:
            KeyError: The pair has no verdict.
        """
        logit = self.judgements[pair].logit
        if self.calibration is None:
            return logit
        return self.calibration.centred(pair.first, pair.second, logit)

    def centred_logit_of_text(self, pair: TextPair) -> float:
        """Return the same of a judged text and its gold label.

        Raises:
            KeyError: The text has no verdict.
        """
        logit = self.text_judgements[pair].related.logit
        if self.calibration is None:
            return logit
        return self.calibration.centred(pair.text, pair.gold, logit)

    def p_related_of_text(self, pair: TextPair) -> float:
        """Return P(related) of a judged text and its gold label, 0 to 1.

        Raises:
            KeyError: The text has no verdict.
        """
        if self.calibration is None:
            return self.text_judgements[pair].related.probability
        return self.calibration.fit.probability(self.centred_logit_of_text(pair))

    def p_same_of_text(self, pair: TextPair) -> float:
        """Return P(same, given related) of a judged text and its gold label, 0 to 1.

        Raises:
            KeyError: The text has no verdict.
        """
        return self.text_judgements[pair].same.probability

    def disagreement(self, pair: LabelPair) -> float | None:
        """Return how far apart the judges of a panel are, 0 to 1; None for a judge alone."""
        return None

    @property
    def unanswered_share(self) -> float:
        """Share of the asked pairs that have no verdict, of the judge or of people, 0 to 1."""
        asked = len(self.judgements) + len(self.unanswered)
        silent = len(self.unanswered.keys() - self.overrides.levels.keys())
        return silent / asked if asked else 0.0

    @property
    def mean_relevance(self) -> float | None:
        """Mean P(related) over all judged pairs: what a label drawn at random would get.

        None where only the pairs that were met were asked: those are no random draw.
        """
        asked = len(self.judgements) + len(self.unanswered)
        if not self.judgements or asked < math.comb(len(self.labels), 2):
            return None
        return sum(map(self.p_related, self.judgements)) / len(self.judgements)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the judge is asked about.

    Attributes:
        pairs: Pairs of labels.
        texts: Texts outside of the label set, with their gold labels.
        topics: Reference topics that each label and each text is held against.
        sentinels: Questions with known answers.
    """

    pairs: Sequence[LabelPair]
    texts: Sequence[TextPair] = ()
    topics: tuple[str, ...] = ()
    sentinels: tuple[Sentinel, ...] = ()

    @property
    def leaning(self) -> tuple[str, ...]:
        """The labels, by name, and the texts whose biases are to be known."""
        labels = (name for pair in self.pairs for name in (pair.first, pair.second))
        texts = (name for pair in self.texts for name in (pair.gold, pair.text))
        return tuple(dict.fromkeys([*labels, *texts]))

    @property
    def calibrating(self) -> list[Question]:
        """The questions on reference topics and on other names of the labels."""
        biases = bias_questions(self.leaning, self.topics) if self.topics else []
        return [*biases, *sentinel_questions(self.sentinels)]

    @property
    def questions(self) -> list[Question]:
        """Both orders of each question, those of one kind together: they share a prompt."""
        asked = [
            *(question for pair in self.pairs for question in both_orders(pair)),
            *(question for pair in self.texts for question in related_questions(pair)),
            *self.calibrating,
            *(question for pair in self.texts for question in same_questions(pair)),
        ]
        return list(dict.fromkeys(asked))  # a label can be a topic, and is asked about once


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
