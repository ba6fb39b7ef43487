"""How a command ended, in the few bytes that Kubernetes keeps of a pod that is gone."""

from pydantic import BaseModel, ConfigDict

from evaluator.report.summary import Gate, Mean, Rate, Summary
from evaluator.report.wording import headline

MOST_BYTES = 4_096
"""What a kubelet reads of a termination message."""


class EndingFigures(BaseModel):
    """The figures of a run that ended with a summary; the parts are those of `summary.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    total: int
    judged: int
    unscored: int
    accuracy: Rate
    score: Mean
    error_relevance: Mean
    gate: Gate


class Ending(BaseModel):
    """The content of the file.

    Attributes:
        exit_code: The command's exit code.
        message: The result or the failure in a sentence.
        figures: The result in numbers; None where there is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    exit_code: int
    message: str
    figures: EndingFigures | None = None

    def within(self, most: int = MOST_BYTES) -> str:
        """Return the ending as JSON of at most so many bytes, of which 400 suffice.

        What does not fit is left out: first the checks of the gate, then its reasons, then all
        figures, then the end of the message.
        """
        for shorter in (self, self._without("checks"), self._without("checks", "reasons")):
            if _size(text := shorter.model_dump_json()) <= most:
                return text
        bare = self.model_copy(update={"figures": None})
        while _size(text := bare.model_dump_json()) > most:
            over = _size(text) - most
            kept = bare.message[: max(0, len(bare.message) - max(2, over // 6 + 1))].rstrip("…")
            bare = bare.model_copy(update={"message": f"{kept}…"})
        return text

    def _without(self, *parts: str) -> "Ending":
        if self.figures is None:
            return self
        gate = self.figures.gate.model_copy(update=dict.fromkeys(parts, ()))
        figures = self.figures.model_copy(update={"gate": gate})
        return self.model_copy(update={"figures": figures})


def ending_of(summary: Summary, exit_code: int) -> Ending:
    """Return how a finished run ended."""
    return Ending(
        exit_code=exit_code,
        message=headline(summary),
        figures=EndingFigures(
            total=summary.cases.total,
            judged=summary.cases.judged,
            unscored=summary.cases.unscored,
            accuracy=summary.accuracy,
            score=summary.score,
            error_relevance=summary.error_relevance,
            gate=summary.gate,
        ),
    )


def _size(text: str) -> int:
    return len(text.encode())
