"""What a run writes, line by line: progress, messages, and what else there is."""

import json
from typing import Any

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


class ShardsProgress(BaseModel):
    """How far all shards of a run are.

    Attributes:
        shards: How many there are.
        done: Shards that are.
        running: Those at work.
        failed: Those that will not be tried again.
        cases_done: Cases that those begun have classified.
        cases_total: Cases of those begun.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    shards: int = Field(ge=0)
    done: int = Field(ge=0)
    running: int = Field(ge=0)
    failed: int = Field(ge=0)
    cases_done: int = Field(ge=0)
    cases_total: int = Field(ge=0)

    @property
    def waiting(self) -> int:
        """Those without a pod at work."""
        return max(0, self.shards - self.done - self.running - self.failed)

    def __str__(self) -> str:
        counts = {"running": self.running, "waiting": self.waiting, "failed": self.failed}
        others = "".join(f", {count} {what}" for what, count in counts.items() if count)
        of_those = " of those begun" if self.waiting else ""
        cases = f"{self.cases_done} of {self.cases_total} cases{of_those}"
        return f"shards: {self.done} of {self.shards} done{others}; {cases}"


class Message(BaseModel):
    """A sentence of the run.

    Attributes:
        level: `info`, `warning` or `error`.
        message: The sentence.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    level: str = "error"
    message: str


Said = StageProgress | ShardsProgress | Message

KINDS: dict[str, type[StageProgress] | type[ShardsProgress] | type[Message]] = {
    "progress": StageProgress,
    "shards": ShardsProgress,
    "log": Message,
    "error": Message,
    "stopped": Message,
}


def parse_line(line: str) -> Said | None:
    """Return what a line of a run with `--log-format json` says; None for any other."""
    said = _object(line) or {}
    kind = KINDS.get(str(said.get("event")))
    try:
        return None if kind is None else kind.model_validate(said)
    except ValidationError:
        return None


def said_by_shard(line: str, shard: int) -> str:
    """Return a line of a shard: its number is a key of what machines read, else comes first."""
    said = _object(line)
    return f"shard {shard}: {line}" if said is None else json.dumps({"shard": shard, **said})


def readable(line: str) -> str:
    """Return a line for a person to read, without what could steer a terminal."""
    said = parse_line(line)
    if isinstance(said, Message):
        prefix = "" if said.level == "info" else f"{said.level.capitalize()}: "
        text = f"{prefix}{said.message[:1].upper()}{said.message[1:]}"
    else:
        text = line if said is None else str(said)
    shard = None if said is None else (_object(line) or {}).get("shard")
    if isinstance(shard, int):
        text = f"shard {shard}: {text}"
    return "".join(one if one.isprintable() else " " for one in text)


def _object(line: str) -> dict[str, Any] | None:
    """Return the JSON object that a line is; None for any other."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
