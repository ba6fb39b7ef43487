"""What the model under test says about a case."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Classification:
    """The classifier's answer to one distinct article.

    Attributes:
        text_sha256: Digest of the text as the model saw it.
        label: The most probable label.
        confidence: Its softmax probability, 0 to 1.
        truncated: Whether the text was longer than the model can read.
        tokens: Tokens the model read.
    """

    text_sha256: str
    label: str
    confidence: float
    truncated: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """A case with the label that was predicted for it.

    Attributes:
        case_id: The case's id.
        gold: The case's correct label, as its source spells it.
        label: The predicted label, as the classifier spells it; None where there is none.
        confidence: The classifier's probability for `label`, 0 to 1, if known.
        truncated: Whether the classifier saw only the beginning of the text.
        missing: Why there is no label; None where there is one.
        text: The article, where the source has it; for the reports that quote it.
    """

    case_id: str
    gold: str
    label: str | None
    confidence: float | None = None
    truncated: bool = False
    missing: str | None = None
    text: str | None = None


class PredictionSource(Protocol):
    """Predictions that can be read more than once, in case order."""

    def __iter__(self) -> Iterator[Prediction]:
        """Yield the predictions in case order."""
        ...

    def require_unchanged(self) -> None:
        """Check that what was read is still what there is.

        Raises:
            DataUnusable: It is not, or cannot be read any more.
        """
        ...
