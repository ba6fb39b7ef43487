"""What `evaluator doctor` found, as data."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

State = Literal["ok", "warning", "failed", "skipped", "not reached"]


class Finding(BaseModel):
    """What one step found.

    Attributes:
        step: The step's name.
        subject: The judge or server that it was about; None for what is there once.
        state: How it went; `skipped` steps do not apply, `not reached` ones follow a failed one.
        found: What was found.
        advice: What to do; of a step that is ok, what could be done; None for nothing.
        seconds: How long it took.
        exit_code: With what a run would end here; 0 where it would not.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    subject: str | None = None
    state: State
    found: str
    advice: str | None = None
    seconds: float = 0.0
    exit_code: int = 0


class Diagnosis(BaseModel):
    """All findings, in the order of the steps.

    Attributes:
        schema_version: Version of this document's shape.
        state: `failed` where a step failed, `warning` where one has a warning, else `ok`.
        exit_code: That of the first failed step; 0 without one.
        steps: The findings.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    state: Literal["ok", "warning", "failed"]
    exit_code: int
    steps: tuple[Finding, ...]


def diagnosis_of(findings: Iterable[Finding]) -> Diagnosis:
    """Return what findings come to."""
    steps = tuple(findings)
    states = {one.state for one in steps}
    return Diagnosis(
        state="failed" if "failed" in states else "warning" if "warning" in states else "ok",
        exit_code=next((one.exit_code for one in steps if one.state == "failed"), 0),
        steps=steps,
    )
