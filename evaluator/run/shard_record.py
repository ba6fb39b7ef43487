"""`shard.json`: what a shard tells the merge."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from evaluator.judge.labels import Label, LabelPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.question import TextPair
from evaluator.report.summary import RunUsage


class UnansweredPair(BaseModel):
    """Two labels, or a text and its gold label, on which the judge gave no verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: str
    second: str
    is_text: bool
    reason: str


class ShardRecord(BaseModel):
    """The content of `shard.json`.

    Attributes:
        schema_version: Version of this layout.
        shard: Which shard it is, as `I/N`.
        cases: How many cases it has.
        total: How many cases all shards have together.
        predictions_sha256: Digest of its `predictions.jsonl`.
        labels: The label set, with all that predictions are looked up by.
        matrix_sha256: Digest of its `matrix.json`; None where another shard has the verdicts, or
            the first shard leaves it to the merge to ask for them.
        unanswered: What that matrix lacks, and why.
        usage: What its judge cost.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    shard: str
    cases: int = Field(ge=0)
    total: int = Field(ge=0)
    predictions_sha256: str
    labels: tuple[Label, ...]
    matrix_sha256: str | None = None
    unanswered: tuple[UnansweredPair, ...] = ()
    usage: RunUsage

    @property
    def reasons(self) -> Mapping[LabelPair | TextPair, str]:
        """Why pairs and texts have no verdict."""
        return {
            (TextPair if one.is_text else LabelPair)(one.first, one.second): one.reason
            for one in self.unanswered
        }


def unanswered_of(matrix: VerdictMatrix) -> tuple[UnansweredPair, ...]:
    """Return what a matrix has no verdict on, which its own file leaves out."""
    pairs = [
        UnansweredPair(first=pair.first, second=pair.second, is_text=False, reason=reason)
        for pair, reason in matrix.unanswered.items()
    ]
    texts = [
        UnansweredPair(first=pair.text, second=pair.gold, is_text=True, reason=reason)
        for pair, reason in matrix.unanswered_texts.items()
    ]
    return (*pairs, *texts)
