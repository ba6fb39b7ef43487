"""What `adapter_config.json` says of a PEFT adapter."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt


class AdapterConfig(BaseModel):
    """The parts of a PEFT configuration that are read here; the others are kept as they are.

    Attributes:
        peft_type: The kind of adapter.
        task_type: What it was trained for.
        base_model_name_or_path: Path or hub name of its base model.
        revision: Of the base model on the hub.
        r: Rank of its matrices.
        lora_alpha: What the product of the matrices is scaled by, times the rank.
        use_rslora: Whether the scale divides by the root of the rank.
        use_dora: Whether magnitudes were trained beside.
        alpha_pattern: Other alphas, by expressions for modules.
        rank_pattern: Other ranks, by expressions for modules.
        target_modules: Which modules it changes; an expression, or names.
        init_lora_weights: How its matrices began.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    peft_type: str
    task_type: str | None = None
    base_model_name_or_path: str | None = None
    revision: str | None = None
    r: PositiveInt = 8
    lora_alpha: PositiveFloat = 8
    use_rslora: bool = False
    use_dora: bool = False
    alpha_pattern: dict[str, PositiveFloat] = {}
    rank_pattern: dict[str, PositiveInt] = {}
    target_modules: list[str] | str | None = None
    init_lora_weights: bool | str | None = True
    bias: Literal["none", "all", "lora_only"] = "none"

    def told(self, key: str) -> Any:
        """Return a setting that is not read here, or None."""
        return (self.model_extra or {}).get(key)
