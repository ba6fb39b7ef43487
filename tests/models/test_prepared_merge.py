"""What cannot be merged is refused, and says why."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ModelUnusable
from evaluator.models.merging import merge_adapter
from evaluator.models.prepared_merge import prepare_merge

from .quiet import Quiet

AdapterTrainer = Callable[..., Path]
MUCH = 1 << 30


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"peft_type": "IA3"}, "of the kind IA3"),
        ({"lora_bias": True}, "uses lora_bias"),
        ({"layer_replication": [[0, 2]]}, "uses layer_replication"),
        ({"init_lora_weights": "pissa"}, "began as pissa"),
        ({"use_dora": True}, "disagree about DoRA"),
        ({"base_model_name_or_path": "outputs/x"}, "neither a directory here nor in the cache"),
        ({"base_model_name_or_path": None}, "does not name its base"),
        ({"r": 0}, "r: Input should be greater than 0"),
    ],
)
def test_what_cannot_be_merged_is_refused(
    llama_adapter: Path, tmp_path: Path, settings: dict[str, Any], reason: str
) -> None:
    folder = Path(shutil.copytree(llama_adapter, tmp_path / "adapter"))
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **settings}), "utf-8")
    with pytest.raises(ModelUnusable, match=reason):
        merge_adapter(folder, None, tmp_path / "merged", MUCH, Quiet())
    assert not (tmp_path / "merged").exists()


def test_an_adapter_of_another_base_is_refused(
    llama_adapter: Path, language_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelUnusable, match="modules that the base does not have"):
        merge_adapter(llama_adapter, str(language_model), tmp_path / "merged", MUCH, Quiet())


def test_a_magnitude_for_other_outputs_is_refused(
    small_llama: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    adapter = train_adapter(
        small_llama, task_type="CAUSAL_LM", target_modules=["q_proj"], use_dora=True
    )
    path = adapter / "adapter_model.safetensors"
    tensors = load_file(path)
    name = next(one for one in tensors if "magnitude" in one)
    save_file({**tensors, name: tensors[name][:-1].clone()}, path)
    with pytest.raises(ModelUnusable, match="q_proj do not go together"):
        merge_adapter(adapter, None, tmp_path / "merged", MUCH, Quiet())


def test_the_revision_of_the_adapters_own_base_is_not_asked_of_another(
    llama_adapter: Path, small_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tmp_path / "hub" / "models--other--llama"
    (stored / "refs").mkdir(parents=True)
    (stored / "refs" / "main").write_text("b" * 40, "ascii")
    shutil.copytree(small_llama, stored / "snapshots" / ("b" * 40))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    adapter = Path(shutil.copytree(llama_adapter, tmp_path / "adapter"))
    path = adapter / "adapter_config.json"
    own = {**json.loads(path.read_text("utf-8")), "revision": "a" * 40}
    path.write_text(json.dumps(own), "utf-8")
    assert prepare_merge(adapter, "other/llama").base.path.name == "b" * 40
    path.write_text(json.dumps({**own, "base_model_name_or_path": "other/llama"}), "utf-8")
    with pytest.raises(ModelUnusable, match="nor in the cache of the hub"):
        prepare_merge(adapter, None)
