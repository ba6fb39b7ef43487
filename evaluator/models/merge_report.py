"""What a merge did."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class MergeCheck(BaseModel):
    """How far the merged model is from base and adapter.

    Attributes:
        of: What was compared on a probe: the logits of the whole model, or what each changed
            layer puts out, where the whole model does not fit into the memory permitted.
        difference: The largest difference.
        largest: The largest number among those compared with.
        bound: The difference that rounding explains.
        weights: How far a changed weight is from what PEFT makes of it, as a share of what one
            rounding explains; at most 1.
        moved: How far the adapter itself moves the logits; None where that was not measured.
    """

    model_config = ConfigDict(frozen=True)

    of: Literal["logits", "layers"]
    difference: float
    largest: float
    bound: float
    weights: float
    moved: float | None = None

    @property
    def sentence(self) -> str:
        """Return all of it for people."""
        moved = "" if self.moved is None else f"; the adapter moves them by up to {self.moved:.3g}"
        return (
            f"compared with base and adapter: {self.of} up to {self.largest:.3g} differ by at most "
            f"{self.difference:.3g} (bound {self.bound:.3g}){moved}"
        )


class MergeReport(BaseModel):
    """What a merge did.

    Attributes:
        schema_version: Version of this document's shape.
        adapter: The adapter's directory.
        base: The base model's directory.
        out: The merged model's.
        parameters: How many it has.
        size: Bytes of its weights.
        files: How many files of weights there are.
        changed: How many weights LoRA changed.
        brought: How many tensors the adapter brought whole.
        check: How far it is from base and adapter.
        seconds: How long everything took.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    adapter: str
    base: str
    out: str
    parameters: int
    size: int
    files: int
    changed: int
    brought: int
    check: MergeCheck
    seconds: float
