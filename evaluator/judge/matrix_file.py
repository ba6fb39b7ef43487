"""`matrix.json`: the verdict matrix as it is kept and taken again."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluator.errors import ConfigError
from evaluator.judge.calibration import Calibration, CheckedPair, Kind
from evaluator.judge.calibration_file import StoredFit, fit_from, stored_fit
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, TextJudgement, VerdictMatrix
from evaluator.judge.panel import PanelMatrix, panel_matrix
from evaluator.judge.question import TextPair
from evaluator.judge.scoring import Reading


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StoredLabel(_Stored):
    name: str
    plain: str


class _StoredReading(_Stored):
    logit: float = Field(allow_inf_nan=False)
    mass: float = Field(ge=0, le=1)


class _StoredJudgement(_Stored):
    forward: _StoredReading
    backward: _StoredReading


class _StoredCell(_Stored):
    first: str
    second: str
    forward: _StoredReading
    backward: _StoredReading


class _StoredText(_Stored):
    text: str
    gold: str
    related: _StoredJudgement
    same: _StoredJudgement


class _StoredLeaning(_Stored):
    text: str
    logit: float = Field(allow_inf_nan=False)


class _StoredCheck(_Stored):
    centred_logit: float = Field(allow_inf_nan=False)
    related: bool


class _StoredCalibration(_Stored):
    kind: Kind
    fit: StoredFit = Field(discriminator="kind")
    base_rate: float = Field(gt=0, lt=1)
    biases: tuple[_StoredLeaning, ...]
    checked: tuple[_StoredCheck, ...]


class _StoredMatrix(_Stored):
    schema_version: int = Field(default=1, ge=1, le=1)
    lock: JudgeLock
    labels: tuple[_StoredLabel, ...]
    cells: tuple[_StoredCell, ...]
    texts: tuple[_StoredText, ...] = ()
    calibration: _StoredCalibration | None = None
    sentinel_margins: tuple[float | None, ...] = ()
    lost: dict[str, int] = {}
    members: tuple["_StoredMatrix", ...] = ()

    @model_validator(mode="after")
    def _has_biases(self) -> "_StoredMatrix":
        if self.calibration is not None and not self.members:
            known = {one.text for one in self.calibration.biases}
            judged = {name for cell in self.cells for name in (cell.first, cell.second)}
            judged |= {name for one in self.texts for name in (one.text, one.gold)}
            if not judged <= known:
                raise ValueError(f"the calibration lacks the bias of '{min(judged - known)}'")
        return self


def matrix_json(matrix: VerdictMatrix) -> str:
    """Return the content of `matrix.json`. What has no verdict is left out, to be asked."""
    return _stored(matrix).model_dump_json(indent=1)


def _stored(matrix: VerdictMatrix) -> _StoredMatrix:
    cells = tuple(
        _StoredCell(
            first=pair.first,
            second=pair.second,
            forward=_stored_reading(one.forward),
            backward=_stored_reading(one.backward),
        )
        for pair, one in matrix.judgements.items()
    )
    texts = tuple(
        _StoredText(
            text=pair.text,
            gold=pair.gold,
            related=_stored_judgement(one.related),
            same=_stored_judgement(one.same),
        )
        for pair, one in matrix.text_judgements.items()
    )
    labels = tuple(_StoredLabel(name=label.name, plain=label.plain) for label in matrix.labels)
    members = matrix.members if isinstance(matrix, PanelMatrix) else ()
    return _StoredMatrix(
        lock=matrix.lock,
        labels=labels,
        cells=cells,
        texts=texts,
        calibration=None if matrix.calibration is None else _stored_calibration(matrix.calibration),
        sentinel_margins=matrix.sentinel_margins,
        lost=dict(matrix.lost),
        members=tuple(map(_stored, members)),
    )


def _stored_calibration(calibration: Calibration) -> _StoredCalibration:
    return _StoredCalibration(
        kind=calibration.kind,
        fit=stored_fit(calibration.fit),
        base_rate=calibration.base_rate,
        biases=tuple(
            _StoredLeaning(text=text, logit=logit) for text, logit in calibration.biases.items()
        ),
        checked=tuple(
            _StoredCheck(centred_logit=one.centred_logit, related=one.related)
            for one in calibration.checked
        ),
    )


def _calibration(stored: _StoredCalibration) -> Calibration:
    return Calibration(
        stored.kind,
        fit_from(stored.fit),
        stored.base_rate,
        {one.text: one.logit for one in stored.biases},
        tuple(CheckedPair(one.centred_logit, one.related) for one in stored.checked),
    )


def _stored_judgement(judgement: PairJudgement) -> _StoredJudgement:
    return _StoredJudgement(
        forward=_stored_reading(judgement.forward), backward=_stored_reading(judgement.backward)
    )


def _stored_reading(reading: Reading) -> _StoredReading:
    return _StoredReading(logit=reading.logit, mass=reading.mass)


def labels_of_matrix(path: Path) -> LabelSet:
    """Return the labels that a stored matrix judged, with the plain names the judge read.

    Raises:
        ConfigError: The file is missing or broken.
    """
    return LabelSet(Label(label.name, label.plain) for label in _read(path).labels)


def read_matrix(path: Path, labels: LabelSet) -> VerdictMatrix:
    """Read a stored matrix for a label set; the judge must have read the same plain names.

    Raises:
        ConfigError: The file is missing or broken, lacks a label, or judged another plain name.
    """
    stored = _read(path)
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
    return _matrix(stored, labels)


def _matrix(stored: _StoredMatrix, labels: LabelSet) -> VerdictMatrix:
    calibration = None if stored.calibration is None else _calibration(stored.calibration)
    if stored.members and calibration is not None:
        members = [_matrix(one, labels) for one in stored.members]
        return panel_matrix(members, stored.lock, calibration)
    names = frozenset(labels.names)
    judgements = dict(
        _oriented(cell, labels)
        for cell in stored.cells
        if cell.first in names and cell.second in names
    )
    texts = {
        TextPair(one.text, one.gold): TextJudgement(_judgement(one.related), _judgement(one.same))
        for one in stored.texts
        if one.gold in names
    }
    return VerdictMatrix(
        stored.lock,
        labels,
        judgements,
        {},
        texts,
        {},
        calibration=calibration,
        sentinel_margins=stored.sentinel_margins,
        lost=stored.lost,
    )


def _judgement(stored: _StoredCell | _StoredJudgement) -> PairJudgement:
    return PairJudgement(
        Reading(stored.forward.logit, stored.forward.mass),
        Reading(stored.backward.logit, stored.backward.mass),
    )


def _oriented(cell: _StoredCell, labels: LabelSet) -> tuple[LabelPair, PairJudgement]:
    pair, judgement = labels.pair(cell.first, cell.second), _judgement(cell)
    if pair.first == cell.first:
        return pair, judgement
    return pair, PairJudgement(judgement.backward, judgement.forward)


def _read(path: Path) -> _StoredMatrix:
    try:
        return _StoredMatrix.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise ConfigError(f"{path} is not a verdict matrix: {place}: {first['msg']}.") from error
