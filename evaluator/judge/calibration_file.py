"""A calibration by human labels, as it is kept in a file and taken again."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.isotonic import Isotonic, fit_isotonic
from evaluator.judge.lock import JudgeLock
from evaluator.judge.platt import Platt, fit_platt

FEWEST_LABELS = 50
MOST_LABELS_FOR_PLATT = 300
"""More labels than this can show a form that two parameters cannot follow."""


@dataclass(frozen=True, slots=True)
class LabelledCalibration:
    """What human labels say of one judge's logits.

    Attributes:
        lock: The judge.
        fit: From its logit of a pair to P(related).
        n: Labelled pairs it was fitted on.
        base_rate: Share of them that people call related, 0 to 1, both exclusive.
        centred: Whether the logits are less the judge's leanings to either label.
    """

    lock: JudgeLock
    fit: Platt | Isotonic
    n: int
    base_rate: float
    centred: bool

    @property
    def kind(self) -> Literal["platt", "isotonic"]:
        """The form of the fit."""
        return "platt" if isinstance(self.fit, Platt) else "isotonic"


def fit_labelled(
    lock: JudgeLock, logits: Sequence[float], related: Sequence[bool], *, centred: bool
) -> LabelledCalibration:
    """Return a judge's calibration by labelled pairs: Platt's up to 300 of them, else isotonic.

    Args:
        lock: The judge.
        logits: Its logit of each pair, finite.
        related: Whether each is related, as people say.
        centred: Whether the logits are less the judge's leanings to either label.

    Raises:
        DataUnusable: There are fewer than 50 pairs, all are related or all unrelated, or the logits
            do not rise with the labels.
    """
    n = len(logits)
    if n < FEWEST_LABELS:
        raise DataUnusable(
            f"a calibration needs {FEWEST_LABELS} labelled pairs that the judge answered, "
            f"and there are {n}; draw more with `evaluator agreement sample --how uncertain`."
        )
    line = fit_platt(logits, related)
    if line.slope <= 0:
        raise DataUnusable(
            "the judge's logits do not rise with the labels, so that no calibration would mend it; "
            "use another judge."
        )
    fit = line if n <= MOST_LABELS_FOR_PLATT else fit_isotonic(logits, related)
    return LabelledCalibration(lock, fit, n, sum(related) / n, centred)


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoredPlatt(_Stored):
    """A `Platt` in a file."""

    kind: Literal["platt"] = "platt"
    slope: float = Field(allow_inf_nan=False)
    intercept: float = Field(allow_inf_nan=False)


Logit = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]


class StoredIsotonic(_Stored):
    """An `Isotonic` in a file."""

    kind: Literal["isotonic"] = "isotonic"
    logits: tuple[Logit, ...] = Field(min_length=1)
    probabilities: tuple[Probability, ...]

    @model_validator(mode="after")
    def _rising(self) -> "StoredIsotonic":
        if len(self.logits) != len(self.probabilities):
            raise ValueError("logits and probabilities must be as many")
        if any(one >= other for one, other in pairwise(self.logits)):
            raise ValueError("logits must rise")
        if any(one > other for one, other in pairwise(self.probabilities)):
            raise ValueError("probabilities must not fall")
        return self


StoredFit = StoredPlatt | StoredIsotonic


def stored_fit(fit: Platt | Isotonic) -> StoredFit:
    """Return a fit as it stands in a file."""
    if isinstance(fit, Platt):
        return StoredPlatt(slope=fit.slope, intercept=fit.intercept)
    return StoredIsotonic(logits=fit.logits, probabilities=fit.probabilities)


def fit_from(stored: StoredFit) -> Platt | Isotonic:
    """Return the fit that stands in a file."""
    if isinstance(stored, StoredPlatt):
        return Platt(stored.slope, stored.intercept)
    return Isotonic(stored.logits, stored.probabilities)


class _StoredCalibration(_Stored):
    schema_version: int = Field(default=1, ge=1, le=1)
    lock: JudgeLock
    fit: StoredFit = Field(discriminator="kind")
    n: int = Field(ge=FEWEST_LABELS)
    base_rate: float = Field(gt=0, lt=1)
    centred: bool


def calibration_json(calibration: LabelledCalibration) -> str:
    """Return the content of a calibration file."""
    return _StoredCalibration(
        lock=calibration.lock,
        fit=stored_fit(calibration.fit),
        n=calibration.n,
        base_rate=calibration.base_rate,
        centred=calibration.centred,
    ).model_dump_json(indent=1)


def read_calibration(path: Path) -> LabelledCalibration:
    """Read a calibration by human labels.

    Raises:
        ConfigError: The file is missing or broken.
    """
    try:
        stored = _StoredCalibration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise ConfigError(f"{path} is not a calibration: {place}: {first['msg']}.") from error
    return LabelledCalibration(
        stored.lock, fit_from(stored.fit), stored.n, stored.base_rate, stored.centred
    )
