"""The verdict matrix: every pair of labels judged once, for any number of articles."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.errors import ConfigError
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.question import Question, both_orders
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
class VerdictMatrix:
    """One judge's verdicts on a label set.

    Attributes:
        lock: Which judge.
        labels: The label set.
        judgements: Verdicts by pair.
        unanswered: Reasons by pair, for pairs that have no verdict.
    """

    lock: JudgeLock
    labels: LabelSet
    judgements: Mapping[LabelPair, PairJudgement]
    unanswered: Mapping[LabelPair, str]

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


def questions_on(pairs: Iterable[LabelPair]) -> list[Question]:
    """Return both orders of each pair."""
    return [question for pair in pairs for question in both_orders(pair)]


def assemble(
    lock: JudgeLock,
    labels: LabelSet,
    pairs: Iterable[LabelPair],
    heard: Mapping[Question, Answer | NoAnswer],
) -> VerdictMatrix:
    """Return the matrix of the pairs whose two questions were heard."""
    judgements: dict[LabelPair, PairJudgement] = {}
    unanswered: dict[LabelPair, str] = {}
    for pair in pairs:
        forward, backward = (heard[question] for question in both_orders(pair))
        if isinstance(forward, Answer) and isinstance(backward, Answer):
            judgements[pair] = PairJudgement(forward.reading, backward.reading)
        else:
            silent = forward if isinstance(forward, NoAnswer) else backward
            assert isinstance(silent, NoAnswer)
            unanswered[pair] = silent.reason
    return VerdictMatrix(lock, labels, judgements, unanswered)


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StoredLabel(_Stored):
    name: str
    plain: str


class _StoredReading(_Stored):
    logit: float = Field(allow_inf_nan=False)
    mass: float = Field(ge=0, le=1)


class _StoredCell(_Stored):
    first: str
    second: str
    forward: _StoredReading
    backward: _StoredReading


class _StoredMatrix(_Stored):
    schema_version: int = Field(default=1, ge=1, le=1)
    lock: JudgeLock
    labels: tuple[_StoredLabel, ...]
    cells: tuple[_StoredCell, ...]


def matrix_json(matrix: VerdictMatrix) -> str:
    """Return the content of `matrix.json`. Pairs without a verdict are left out, to be asked."""
    cells = tuple(
        _StoredCell(
            first=pair.first,
            second=pair.second,
            forward=_StoredReading(logit=one.forward.logit, mass=one.forward.mass),
            backward=_StoredReading(logit=one.backward.logit, mass=one.backward.mass),
        )
        for pair, one in matrix.judgements.items()
    )
    labels = tuple(_StoredLabel(name=label.name, plain=label.plain) for label in matrix.labels)
    return _StoredMatrix(lock=matrix.lock, labels=labels, cells=cells).model_dump_json(indent=1)


def labels_of_matrix(path: Path) -> LabelSet:
    """Return the labels that a stored matrix judged, with the plain names the judge read.

    Raises:
        ConfigError: The file is missing or broken.
    """
    return LabelSet(Label(label.name, label.plain) for label in _stored(path).labels)


def read_matrix(path: Path, labels: LabelSet) -> VerdictMatrix:
    """Read a stored matrix for a label set; the judge must have read the same plain names.

    Raises:
        ConfigError: The file is missing or broken, lacks a label, or judged another plain name.
    """
    stored = _stored(path)
    judged_as = {label.name: label.plain for label in stored.labels}
    for label in labels:
        if label.name not in judged_as:
            raise ConfigError(
                f"{path} has no verdicts on '{label.name}'; "
                "judge the label set anew with `evaluator matrix`."
            )
        if judged_as[label.name] != label.plain:
            raise ConfigError(
                f"{path} judged '{label.name}' as '{judged_as[label.name]}', "
                f"but the labels now call it '{label.plain}'."
            )
    judgements: dict[LabelPair, PairJudgement] = {}
    names = frozenset(labels.names)
    for cell in stored.cells:
        if cell.first in names and cell.second in names:
            pair, judgement = _oriented(cell, labels)
            judgements[pair] = judgement
    return VerdictMatrix(stored.lock, labels, judgements, {})


def _oriented(cell: _StoredCell, labels: LabelSet) -> tuple[LabelPair, PairJudgement]:
    pair = labels.pair(cell.first, cell.second)
    forward = Reading(cell.forward.logit, cell.forward.mass)
    backward = Reading(cell.backward.logit, cell.backward.mass)
    if pair.first == cell.first:
        return pair, PairJudgement(forward, backward)
    return pair, PairJudgement(backward, forward)


def _stored(path: Path) -> _StoredMatrix:
    try:
        return _StoredMatrix.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise ConfigError(f"{path} is not a verdict matrix: {place}: {first['msg']}.") from error
