"""What the model under test said of many texts, kept small."""

from array import array
from dataclasses import dataclass

from evaluator.cases.digest import key_of
from evaluator.classifier.prediction import Classification


@dataclass(frozen=True, slots=True)
class Classified:
    """What is kept of a classification.

    Attributes:
        label: The most probable label.
        confidence: Its softmax probability, 0 to 1.
        truncated: Whether the text was longer than the model can read.
    """

    label: str
    confidence: float
    truncated: bool


class ClassifiedTexts:
    """Classifications by the `text_key` of their text, in 125 to 180 bytes each."""

    def __init__(self) -> None:
        self._positions: dict[bytes, int] = {}
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._labels = array("I")
        self._confidences = array("d")
        self._truncated = bytearray()

    def __contains__(self, key: bytes) -> bool:
        return key in self._positions

    def add(self, found: Classification) -> None:
        """Keep a classification, unless there is one of the same text."""
        key = key_of(found.text_sha256)
        if key in self._positions:
            return
        self._positions[key] = len(self._positions)
        self._labels.append(self._number(found.label))
        self._confidences.append(found.confidence)
        self._truncated.append(found.truncated)

    def get(self, key: bytes) -> Classified | None:
        """Return what was said of a text, or None where nothing was."""
        position = self._positions.get(key)
        if position is None:
            return None
        return Classified(
            self._names[self._labels[position]],
            self._confidences[position],
            bool(self._truncated[position]),
        )

    def _number(self, label: str) -> int:
        if label not in self._numbers:
            self._numbers[label] = len(self._names)
            self._names.append(label)
        return self._numbers[label]
