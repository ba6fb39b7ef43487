"""What is wrong with a plan, where, and what Knitfab makes of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Consequence = Literal["dropped", "refused", "warning"]

LONGEST_SHOWN = 60


class Finding(BaseModel):
    """One thing in a plan that is not what it looks like.

    Attributes:
        line: Where it stands, from 1.
        consequence: `dropped` where Knitfab goes on without it, `refused` where Knitfab or
            Kubernetes says no, `warning` where neither does.
        message: What it is and what to write instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    consequence: Consequence
    message: str

    def __str__(self) -> str:
        """Return it as compilers print theirs, from the line number on."""
        return f"{self.line}: {self.consequence}: {self.message}"

    @property
    def is_error(self) -> bool:
        """Whether the plan would not do what it says."""
        return self.consequence != "warning"


def dropped(line: int, message: str) -> Finding:
    """Return a finding that Knitfab passes over."""
    return Finding(line=line, consequence="dropped", message=message)


def refused(line: int, message: str) -> Finding:
    """Return a finding that nothing is started with."""
    return Finding(line=line, consequence="refused", message=message)


def warning(line: int, message: str) -> Finding:
    """Return a finding that may be meant."""
    return Finding(line=line, consequence="warning", message=message)


def quoted(text: str) -> str:
    """Return what a plan says, in quotes, on one line and not at great length."""
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
    return f"'{shown[:LONGEST_SHOWN]}…'" if len(shown) > LONGEST_SHOWN else f"'{shown}'"
