"""Small real models that the tests of this room share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator.models.inspecting import inspect_model
from evaluator.models.inspection import Inspection
from evaluator.models.surroundings import Surroundings

AdapterSaver = Callable[..., Path]
AdapterTrainer = Callable[..., Path]
Look = Callable[..., Inspection]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small are slower on more threads, most of all on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def look() -> Look:
    """Inspect a model for a context of 32 tokens."""

    def looked(path: Path, base: str | None = None, **settings: Any) -> Inspection:
        return inspect_model(path, base, Surroundings(32, **settings))

    return looked


@pytest.fixture(scope="session")
def small_llama(language_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama that writes nonsense, in several files, with grouped heads."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("llama")
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=400,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    LlamaForCausalLM(config).save_pretrained(folder, max_shard_size="70KB")
    AutoTokenizer.from_pretrained(language_model).save_pretrained(folder)
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


@pytest.fixture(scope="session")
def llama_adapter(small_llama: Path, train_adapter: AdapterTrainer) -> Path:
    """An adapter of the small Llama, with matrices that change what it writes."""
    modules = ["q_proj", "v_proj", "down_proj"]
    return train_adapter(small_llama, task_type="CAUSAL_LM", target_modules=modules)


@pytest.fixture(scope="session")
def train_adapter(
    save_adapter: AdapterSaver, tmp_path_factory: pytest.TempPathFactory
) -> AdapterTrainer:
    """Save an adapter whose matrices do something, as training would leave them."""

    def train(base: Path, *, task_type: str, **settings: Any) -> Path:
        import torch
        from safetensors.torch import load_file, save_file
        from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

        if task_type == "SEQ_CLS":
            model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
            model.score.weight.data *= 40
        else:
            model = AutoModelForCausalLM.from_pretrained(base)
        folder = tmp_path_factory.mktemp("trained")
        save_adapter(model, folder, task_type=task_type, **settings)
        tensors = load_file(folder / "adapter_model.safetensors")
        torch.manual_seed(4)
        for name, tensor in tensors.items():
            if "lora_magnitude" in name:
                tensor.mul_(1 + 0.3 * torch.rand_like(tensor))
            elif "lora_" in name:
                tensor.add_(0.3 * torch.randn_like(tensor))
        save_file(tensors, folder / "adapter_model.safetensors")
        return folder

    return train
