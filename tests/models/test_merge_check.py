"""A merge that went wrong is not kept, in any type and however little the adapter does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ModelUnusable
from evaluator.models import lora_sum
from evaluator.models.merging import merge_adapter

from .quiet import Quiet

AdapterTrainer = Callable[..., Path]
MUCH = 1 << 30
LITTLE = 150_000
"""Too little to load a whole model of these tests, enough for its largest layer."""


@pytest.fixture(scope="module")
def faint_adapter(small_llama: Path, train_adapter: AdapterTrainer) -> Path:
    """An adapter that moves logits by far less than the rounding of 16 bits is let move them."""
    from safetensors.torch import load_file, save_file

    modules = ["q_proj", "v_proj", "down_proj"]
    folder = train_adapter(small_llama, task_type="CAUSAL_LM", target_modules=modules)
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path)
    for name, tensor in tensors.items():
        if "lora_B" in name:
            tensor.mul_(0.002)
    save_file(tensors, path)
    return folder


@pytest.fixture(scope="module", params=["float32", "bfloat16", "float16"])
def typed_base(
    request: pytest.FixtureRequest, small_llama: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    import torch
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("typed")
    dtype = getattr(torch, request.param)
    AutoModelForCausalLM.from_pretrained(small_llama, dtype=dtype).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("factor", [0, 2, -1])
def test_a_faint_adapter_left_out_doubled_or_negated_is_noticed_in_every_type(
    faint_adapter: Path,
    typed_base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    factor: int,
) -> None:
    monkeypatch.setattr(lora_sum, "matrices", scaled_by(factor))
    with pytest.raises(ModelUnusable, match="times what rounding explains"):
        merge_adapter(faint_adapter, str(typed_base), tmp_path / "merged", MUCH, Quiet())
    assert list(tmp_path.iterdir()) == []


def test_a_faint_adapter_is_merged_in_every_type(
    faint_adapter: Path, typed_base: Path, tmp_path: Path
) -> None:
    check = merge_adapter(faint_adapter, str(typed_base), tmp_path / "merged", MUCH, Quiet()).check
    assert check.weights <= 1
    assert check.moved is not None
    assert 0 < check.moved < 0.05 * check.largest


@pytest.mark.parametrize("memory", [MUCH, LITTLE])
def test_a_merge_that_is_off_by_a_hundredth_is_not_kept(
    llama_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    monkeypatch.setattr(lora_sum, "matrices", scaled_by(1.01))
    with pytest.raises(ModelUnusable, match="nothing was kept"):
        merge_adapter(llama_adapter, None, tmp_path / "merged", memory, Quiet())
    assert list(tmp_path.iterdir()) == []


def scaled_by(factor: float) -> Callable[[Any, Any], Any]:
    """What reads an adapter's matrices, wrongly."""
    right = lora_sum.matrices

    def wrong(change: Any, adapter: Any) -> Any:
        found = right(change, adapter)
        return lora_sum.LoraMatrices(found.down, found.up * factor, found.magnitude)

    return wrong


def test_a_layer_beyond_the_memory_is_named(llama_adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="raise --memory"):
        merge_adapter(llama_adapter, None, tmp_path / "merged", 1000, Quiet())
    assert list(tmp_path.iterdir()) == []
