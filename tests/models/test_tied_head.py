"""A table of embeddings that is the head, too, is never changed for both where one was meant."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ModelUnusable
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.merging import merge_adapter
from evaluator.models.tied_head import head_is_untied

from .quiet import Quiet

AdapterTrainer = Callable[..., Path]
MEMORY = {"logits": 1 << 30, "layers": 300_000}
TABLE, HEAD = "model.embed_tokens.weight", "lm_head.weight"


@pytest.fixture(scope="module")
def tied_llama(small_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("tied")
    config = LlamaConfig.from_pretrained(small_llama, tie_word_embeddings=True)
    LlamaForCausalLM(config).save_pretrained(folder)
    shutil.copy(small_llama / "tokenizer.json", folder)
    return folder


@pytest.fixture
def trained(tied_llama: Path, train_adapter: AdapterTrainer) -> Callable[..., Path]:
    def train(**settings: Any) -> Path:
        with warnings.catch_warnings():  # that the embeddings are tied
            warnings.simplefilter("ignore")
            return train_adapter(tied_llama, task_type="CAUSAL_LM", **settings)

    return train


@pytest.mark.parametrize("compared", ["logits", "layers"])
@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": ["embed_tokens", "q_proj"]},
        {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens"]},
    ],
)
def test_an_adapter_that_changes_the_table_alone_is_refused(
    settings: dict[str, Any], compared: str, trained: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(ModelUnusable, match="uses as its head, too"):
        merge_adapter(trained(**settings), None, tmp_path / "out", MEMORY[compared], Quiet())
    assert list(tmp_path.iterdir()) == []


def test_a_head_that_the_adapter_brings_is_kept_apart_from_the_table(
    trained: Callable[..., Path], tied_llama: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForCausalLM

    adapter = trained(target_modules=["q_proj"], modules_to_save=["lm_head"])
    path = adapter / "adapter_model.safetensors"
    tensors = load_file(path)
    (name,) = (one for one in tensors if "lm_head" in one)
    tensors[name] *= 2
    save_file(tensors, path)
    merge_adapter(adapter, None, tmp_path / "out", MEMORY["logits"], Quiet())
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert (
        json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["tie_word_embeddings"]
        is False
    )
    base = AutoModelForCausalLM.from_pretrained(tied_llama)
    assert torch.equal(merged.model.embed_tokens.weight, base.model.embed_tokens.weight)
    assert torch.equal(merged.lm_head.weight, 2 * base.lm_head.weight)


def test_an_adapter_that_leaves_the_table_alone_is_merged(
    trained: Callable[..., Path], tmp_path: Path
) -> None:
    adapter = trained(target_modules=["q_proj"])
    report = merge_adapter(adapter, None, tmp_path / "out", MEMORY["layers"], Quiet())
    assert report.changed == 2
    assert json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["tie_word_embeddings"]


@pytest.mark.parametrize(
    ("config", "stored", "tied"),
    [
        ({"model_type": "gpt2"}, {HEAD}, True),
        ({"model_type": "gemma"}, {HEAD}, True),
        ({"model_type": "llama"}, {HEAD}, False),
        ({"model_type": "gpt2", "tie_word_embeddings": False}, {HEAD}, False),
        ({"text_config": {"model_type": "llama", "tie_word_embeddings": True}}, {HEAD}, True),
        ({"model_type": "of-its-own"}, {HEAD}, False),
    ],
)
def test_what_the_settings_do_not_say_is_as_the_family_has_it(
    config: dict[str, Any], stored: set[str], tied: bool
) -> None:
    found = CheckpointConfig.model_validate(config)
    assert head_is_untied(found, {TABLE}, {TABLE, *stored}) is tied


@pytest.mark.parametrize("family", ["gpt2", "gemma", "of-its-own", "nougat"])
def test_a_base_without_a_head_of_its_own_is_tied(family: str) -> None:
    config = CheckpointConfig.model_validate({"model_type": family})
    with pytest.raises(ModelUnusable, match="untie the base's head"):
        head_is_untied(config, {TABLE}, {TABLE})
