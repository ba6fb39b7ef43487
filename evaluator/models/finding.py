"""What is wrong with a Modelfile, and on which line."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning"]


class Finding(BaseModel):
    """One thing in a Modelfile that is not what it looks like.

    Attributes:
        line: Where it stands, from 1.
        severity: `error` where Ollama would refuse it or do something else than it says.
        message: What it is and what to write instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    severity: Severity
    message: str

    def __str__(self) -> str:
        """Return it as compilers print theirs, from the line number on."""
        return f"{self.line}: {self.severity}: {self.message}"

    @property
    def is_error(self) -> bool:
        """Whether the model would not be what the file says."""
        return self.severity == "error"


def error(line: int, message: str) -> Finding:
    """Return a finding that no model should be made with."""
    return Finding(line=line, severity="error", message=message)


def warning(line: int, message: str) -> Finding:
    """Return a finding that may be meant."""
    return Finding(line=line, severity="warning", message=message)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the advice that follows from the most similar known word, or from all of them."""
    words = sorted(known)
    similar = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean {similar[0]}?" if similar else f"there are {', '.join(words)}"
