"""The tensors of a LoRA adapter, by the module of the base model that they change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluator.models.stored_tensor import StoredTensor

PREFIX = "base_model.model."
DOWN, UP, MAGNITUDE = "lora_A", "lora_B", "lora_magnitude_vector"
EMBEDDED_DOWN, EMBEDDED_UP = "lora_embedding_A", "lora_embedding_B"
PARTS = {
    f".{DOWN}.weight": DOWN,
    f".{UP}.weight": UP,
    f".{MAGNITUDE}": MAGNITUDE,
    f".{MAGNITUDE}.weight": MAGNITUDE,
    f".{EMBEDDED_DOWN}": DOWN,
    f".{EMBEDDED_UP}": UP,
}
CONV1D_FAMILIES = frozenset({"gpt2", "openai-gpt", "imagegpt", "decision_transformer"})
"""Whose layers keep their weights as inputs by outputs; all others as outputs by inputs."""


@dataclass(frozen=True, slots=True)
class LoraTensors:
    """What changes one module.

    Attributes:
        down: The matrix of rank by inputs.
        up: The matrix of outputs by rank.
        magnitude: The trained magnitude of each output, with DoRA.
        embedded: Whether the module is a table of embeddings.
    """

    down: StoredTensor
    up: StoredTensor
    magnitude: StoredTensor | None
    embedded: bool

    @property
    def inputs(self) -> int:
        """Return the width of what goes into the module."""
        return self.down.shape[-1]

    @property
    def outputs(self) -> int:
        """Return the width of what comes out of it."""
        return self.up.shape[0]

    @property
    def sound(self) -> bool:
        """Return whether the matrices can be multiplied, and magnitudes are one an output."""
        down, up = self.down.shape, self.up.shape
        if not len(down) == len(up) == 2:  # noqa: PLR2004 - dimensions
            return False
        fitting = self.embedded or self.magnitude is None or self.magnitude.shape == up[:1]
        return fitting and down[0] == up[1] and min(*down, *up) > 0

    def transposes(self, shape: tuple[int, ...], family: str | None) -> bool | None:
        """Return whether the module's weight is kept as inputs by outputs.

        Args:
            shape: Of the weight.
            family: The base model's `model_type`.

        Returns:
            None where the weight is of another shape.
        """
        transposed = self.embedded or family in CONV1D_FAMILIES
        plain = (self.outputs, self.inputs)
        if shape == plain and (shape[0] != shape[1] or not transposed):
            return False
        return True if transposed and shape == plain[::-1] else None


@dataclass(frozen=True, slots=True)
class AdapterTensors:
    """The tensors of an adapter.

    Attributes:
        lora: Those that change a module, by its name.
        whole: Those that take a tensor's place, by its name.
        alone: Names of matrices without their counterpart.
    """

    lora: Mapping[str, LoraTensors]
    whole: Mapping[str, StoredTensor]
    alone: tuple[str, ...]


def adapter_tensors(tensors: Iterable[StoredTensor]) -> AdapterTensors:
    """Return an adapter's tensors, sorted by what they are for."""
    parts: dict[str, dict[str, StoredTensor]] = {}
    embedded: set[str] = set()
    whole: dict[str, StoredTensor] = {}
    for tensor in tensors:
        name = tensor.name.removeprefix(PREFIX)
        ending = next((one for one in PARTS if name.endswith(one)), None)
        if ending is None:
            whole[name.replace(".base_layer.", ".").replace(".modules_to_save.", ".")] = tensor
            continue
        module = name.removesuffix(ending)
        parts.setdefault(module, {})[PARTS[ending]] = tensor
        if "embedding" in ending:
            embedded.add(module)
    pairs = {
        module: LoraTensors(found[DOWN], found[UP], found.get(MAGNITUDE), module in embedded)
        for module, found in parts.items()
        if DOWN in found and UP in found
    }
    return AdapterTensors(pairs, whole, tuple(sorted(parts.keys() - pairs.keys())))


def name_in_base(module: str, names: Iterable[str]) -> str | None:
    """Return what the base model's files call a module's weight, or None where they hold none.

    A base that was saved without its head lacks the first part of a name: what the adapter calls
    `transformer.h.0`, its file calls `h.0`.
    """
    full = f"{module}.weight"
    held = set(names) if not isinstance(names, Mapping | set | frozenset) else names
    return next((one for one in (full, full.partition(".")[2]) if one in held), None)
