"""What registering a model would do, as a document."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from evaluator.models.registration import Plan
from evaluator.models.source import Format


class PlanSummary(BaseModel):
    """What registering would do; nothing of it was done.

    Attributes:
        name: What the model will be called, with its tag.
        source: What it is made from.
        format: What that is.
        architecture: What it calls its architecture; None where it does not tell.
        source_quantization: How a GGUF file's weights are stored; else None.
        files: Files to upload; None where they are yet to be merged.
        source_bytes: Their size, or that of the weights to be merged.
        merged_into: The directory of the base model that an adapter is merged into first.
        base: An adapter's base model at the server.
        quantize: The quantization that the server makes.
        also_sent: What else the server is told, by its own names.
        server: The server's address.
        server_version: The server's version.
        replaces: The model that has the name now.
        replaced_bytes: Its size on the server's disk.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: Path
    format: Format
    architecture: str | None
    source_quantization: str | None
    files: int | None
    source_bytes: int
    merged_into: Path | None
    base: str | None
    quantize: str | None
    also_sent: tuple[str, ...]
    server: str
    server_version: str
    replaces: str | None
    replaced_bytes: int | None


def summary_of(plan: Plan, url: str) -> PlanSummary:
    """Return a plan as a document.

    Args:
        plan: The plan.
        url: The server's address.
    """
    source, merge, replaced = plan.source, plan.merge, plan.replaced
    return PlanSummary(
        name=plan.name,
        source=source.path,
        format=source.format if merge is None else "adapter",
        architecture=source.architecture,
        source_quantization=source.quantization,
        files=len(source.files) if merge is None else None,
        source_bytes=source.bytes if merge is None else merge.plan.size,
        merged_into=None if merge is None else merge.base.path,
        base=plan.base,
        quantize=plan.quantize,
        also_sent=tuple(plan.recipe.members),
        server=url,
        server_version=plan.server_version,
        replaces=None if replaced is None else replaced.model,
        replaced_bytes=None if replaced is None else replaced.size,
    )
