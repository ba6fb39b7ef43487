"""Whether each layer of a merged model is what PEFT's layer with its adapter is, and does."""

from io import BufferedReader
from pathlib import Path
from typing import Any

from evaluator.errors import ModelUnusable
from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.directory import ModelDirectory
from evaluator.models.merge_plan import MergePlan, Piece
from evaluator.models.merge_report import MergeCheck
from evaluator.models.stored_rows import stored_rows
from evaluator.models.stored_tensor import StoredTensor
from evaluator.models.weight_check import share_of_rounding
from evaluator.models.weights import checkpoint_weights

ROUNDING = {"F64": 1e-4, "F32": 1e-4, "BF16": 5e-2, "F16": 1e-2}
"""Largest difference by the type of the weights, as a share of the largest number compared with."""

PROBES, PROBE_TOKENS = 4, 16
BYTES_OF_LAYER = 16
"""Of a weight's number while its layer is compared: base, merged, and what PEFT makes of it."""

SEED = 20_250_831


def check_layers(plan: MergePlan, config: AdapterConfig, merged: Path, memory: int) -> MergeCheck:
    """Compare each changed layer, its weights and what it puts out, one after the other.

    Args:
        plan: What was written.
        config: The adapter's settings.
        merged: The merged model's directory.
        memory: Bytes that a layer may take.

    Returns:
        The worst of both.

    Raises:
        ModelUnusable: A layer takes more memory.
    """
    from safetensors import safe_open

    worst = MergeCheck(of="layers", difference=0.0, largest=0.0, bound=0.0, weights=0.0)
    weights = 0.0
    margin = float("-inf")
    places = _places(merged)
    for piece in plan.changes:
        needed = piece.tensor.count * BYTES_OF_LAYER
        if needed > memory:
            raise ModelUnusable(
                f"to compare {piece.name} takes {needed >> 20} MiB of memory; raise --memory."
            )
        with (
            piece.path.open("rb") as base,
            places[piece.name][0].open("rb") as result,
            safe_open(plan.adapter, framework="pt") as adapter,
        ):
            rows = slice(0, piece.tensor.shape[0])
            check = _of_layer(
                piece,
                config,
                base,
                stored_rows(result, places[piece.name][1], rows).float(),
                adapter,
            )
        if not check.difference - check.bound <= margin:
            worst, margin = check, check.difference - check.bound
        if not check.weights <= weights:  # nor is it, where one is no number
            weights = check.weights
    return worst.model_copy(update={"weights": weights})


def _of_layer(
    piece: Piece, config: AdapterConfig, base: BufferedReader, merged: Any, adapter: Any
) -> MergeCheck:
    import torch
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict

    assert piece.change is not None
    change = piece.change
    settings = LoraConfig(
        r=change.tensors.down.shape[0],
        lora_alpha=change.alpha,
        use_rslora=config.use_rslora,
        use_dora=config.use_dora,
        target_modules=["layer"],
        fan_in_fan_out=change.transposed and not change.tensors.embedded,
    )
    weight = stored_rows(base, piece.tensor, slice(0, piece.tensor.shape[0])).float()
    model = get_peft_model(torch.nn.ModuleDict({"layer": _layer(piece, weight)}), settings)
    parts = (change.tensors.down, change.tensors.up, change.tensors.magnitude)
    own = {one.name: adapter.get_tensor(one.name).float() for one in parts if one is not None}
    set_peft_model_state_dict(
        model,
        {name.replace(f"{change.module}.", "layer.", 1): tensor for name, tensor in own.items()},
    )
    probe = _layer_probe(piece)
    with torch.no_grad():
        layer = model.base_model.model["layer"].eval()
        expected = layer(probe)
        found = _layer(piece, merged)(probe)
        layer.merge()
        weights = share_of_rounding(piece, base, merged, layer.get_base_layer().weight)
    largest = float(expected.abs().max())
    return MergeCheck(
        of="layers",
        difference=float((found - expected).abs().max()),
        largest=largest,
        bound=ROUNDING[piece.tensor.type] * largest,
        weights=weights,
    )


def _layer(piece: Piece, weight: Any) -> Any:
    """Return a layer with a weight and no bias, of the class that keeps it as it is kept."""
    import torch
    from transformers.pytorch_utils import Conv1D

    assert piece.change is not None
    tensors = piece.change.tensors
    if tensors.embedded:
        table = torch.nn.Embedding(tensors.inputs, tensors.outputs, device="meta")
        table.weight = torch.nn.Parameter(weight)
        return table
    if piece.change.transposed:
        layer = Conv1D(tensors.outputs, tensors.inputs)
        layer.weight = torch.nn.Parameter(weight)
        return layer
    linear = torch.nn.Linear(tensors.inputs, tensors.outputs, bias=False, device="meta")
    linear.weight = torch.nn.Parameter(weight)
    return linear


def _layer_probe(piece: Piece) -> Any:
    import torch

    assert piece.change is not None
    tensors = piece.change.tensors
    random = torch.Generator().manual_seed(SEED)
    if tensors.embedded:
        return torch.randint(tensors.inputs, (PROBES, PROBE_TOKENS), generator=random)
    return torch.randn(PROBES, tensors.inputs, generator=random)


def _places(merged: Path) -> dict[str, tuple[Path, StoredTensor]]:
    """Return where each tensor of the merged model is."""
    files = checkpoint_weights(ModelDirectory(merged)).files
    return {tensor.name: (path, tensor) for path, tensors in files.items() for tensor in tensors}
