"""`reasons.json`: what the judge says for its verdicts."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Extent = Literal["failures", "all"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExplainedPair(_Part):
    """A verdict with its reason.

    Attributes:
        predicted: The predicted label or text.
        gold: The gold label.
        p_related: P(related) of the verdict, 0 to 1.
        reason: What the judge says for it.
        contradicts: Whether the reason takes the other side than the verdict.
    """

    predicted: str
    gold: str
    p_related: float
    reason: str
    contradicts: bool


class ReasonsUsage(_Part):
    """What the reasons cost.

    Attributes:
        calls: Reasons asked for at this start.
        prompt_tokens: Tokens of all prompts, of earlier starts as well.
        generated_tokens: Tokens of all reasons, of earlier starts as well.
    """

    calls: int
    prompt_tokens: int
    generated_tokens: int


class Reasons(_Part):
    """The content of `reasons.json`.

    Attributes:
        schema_version: Version of this layout.
        explain: Which verdicts have a reason: those of failed cases, or all that were met.
        reasons: The reasons, in the order in which the pairs are first met.
        missing: Verdicts for which the judge said nothing.
        usage: What they cost.
    """

    schema_version: Literal[1] = 1
    explain: Extent
    reasons: tuple[ExplainedPair, ...]
    missing: int
    usage: ReasonsUsage
