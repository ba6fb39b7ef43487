"""What people decided about pairs of labels, whatever the judge says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evaluator.judge.labels import LabelPair

Level = Literal["same", "related", "unrelated"]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Pairs of labels with the level that people gave them.

    Attributes:
        levels: The level by pair.
        sha256: Digest of the file they come from; None where there is none.
    """

    levels: Mapping[LabelPair, Level] = field(default_factory=dict)
    sha256: str | None = None
