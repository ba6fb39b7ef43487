"""What a run writes, line by line: progress, messages, and what else there is."""

import json

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class StageProgress(BaseModel):
    """How far a stage of the run is.

    Attributes:
        stage: Its name.
        done: Items done.
        total: Of how many; None where that is not known.
        unit: What is counted.
        rate: Items a second.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    stage: str
    done: int = Field(ge=0)
    total: int | None = Field(None, ge=0)
    unit: str = ""
    rate: float = Field(0.0, ge=0, allow_inf_nan=False)

    @property
    def seconds_left(self) -> float | None:
        """Seconds to its end at this rate; None where that cannot be said."""
        if self.total is None or self.rate == 0:
            return None
        return max(0, self.total - self.done) / self.rate

    def __str__(self) -> str:
        of_total = "" if self.total is None else f" of {self.total}"
        speed = f", {self.rate:.1f}/s" if self.rate else ""
        left = self.seconds_left
        rest = f", {left:.0f} s left" if left else ""
        return f"{self.stage}: {self.done}{of_total} {self.unit}{speed}{rest}"


class Message(BaseModel):
    """A sentence of the run.

    Attributes:
        level: `info`, `warning` or `error`.
        message: The sentence.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    level: str = "error"
    message: str


KINDS: dict[str, type[StageProgress] | type[Message]] = {
    "progress": StageProgress,
    "log": Message,
    "error": Message,
    "stopped": Message,
}


def parse_line(line: str) -> StageProgress | Message | None:
    """Return what a line of a run with `--log-format json` says; None for any other."""
    try:
        said = json.loads(line)
        kind = KINDS.get(str(said["event"])) if isinstance(said, dict) else None
        return None if kind is None else kind.model_validate(said)
    except (ValueError, KeyError, ValidationError, RecursionError):
        return None


def readable(line: str) -> str:
    """Return a line for a person to read, without what could steer a terminal."""
    said = parse_line(line)
    if isinstance(said, Message):
        prefix = "" if said.level == "info" else f"{said.level.capitalize()}: "
        text = f"{prefix}{said.message[:1].upper()}{said.message[1:]}"
    else:
        text = line if said is None else str(said)
    return "".join(one if one.isprintable() else " " for one in text)
