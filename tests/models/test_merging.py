"""Merged models do what base and adapter do together: PEFT's own merge is the oracle."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ModelUnusable
from evaluator.models.merging import merge_adapter

from .quiet import Quiet

AdapterTrainer = Callable[..., Path]
Look = Callable[..., Any]
MUCH = 1 << 30
LITTLE = 150_000
"""Too little to load a whole model of these tests, enough for its largest layer."""

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {"target_modules": ["q_proj", "v_proj", "down_proj"]},
    "rank-stabilized": {"target_modules": ["q_proj"], "r": 4, "use_rslora": True},
    "patterns": {
        "target_modules": ["q_proj", "v_proj"],
        "rank_pattern": {"v_proj": 3},
        "alpha_pattern": {"layers.1.self_attn.v_proj": 5, "q_proj": 2.5},
    },
    "dora": {"target_modules": ["q_proj", "down_proj"], "use_dora": True},
    "whole": {"target_modules": ["q_proj"], "modules_to_save": ["lm_head", "embed_tokens"]},
}


def tensors_of(folder: Path) -> dict[str, Any]:
    """All tensors of a checkpoint, as the library reads them."""
    from safetensors.torch import load_file

    files = [load_file(path) for path in sorted(folder.glob("*.safetensors"))]
    return {name: tensor for tensors in files for name, tensor in tensors.items()}


def merged_by_peft(base: Path, adapter: Path, kind: str = "CausalLM", **settings: Any) -> Any:
    """PEFT's own merge."""
    import transformers
    from peft import PeftModel

    auto = getattr(transformers, f"AutoModelFor{kind}")
    with warnings.catch_warnings():  # between peft and transformers
        warnings.simplefilter("ignore", FutureWarning)
        whole = PeftModel.from_pretrained(auto.from_pretrained(base, **settings), str(adapter))
        return whole.merge_and_unload()


@pytest.mark.parametrize("memory", [MUCH, LITTLE])
@pytest.mark.parametrize("variant", list(VARIANTS))
def test_the_weights_are_those_of_pefts_own_merge(
    variant: str, memory: int, small_llama: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    import torch

    adapter = train_adapter(small_llama, task_type="CAUSAL_LM", **VARIANTS[variant])
    report = merge_adapter(adapter, None, tmp_path / "merged", memory, Quiet())
    expected = merged_by_peft(small_llama, adapter).state_dict()
    found = tensors_of(tmp_path / "merged")
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=2e-6)
    assert report.check.of == ("logits" if memory == MUCH else "layers")
    assert report.check.difference <= 1e-4 * report.check.largest
    assert report.brought == (2 if variant == "whole" else 0)
    before = tensors_of(small_llama)
    changed = [name for name in found if not torch.equal(found[name], before[name])]
    assert len(changed) == report.changed


@pytest.mark.parametrize("memory", [MUCH, LITTLE])
@pytest.mark.parametrize("dora", [False, True])
def test_layers_kept_as_inputs_by_outputs_are_merged_as_such(
    memory: int, dora: bool, language_model: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    import torch

    modules = ["c_attn", "c_proj"]  # of the second, one is square and one is not
    adapter = train_adapter(
        language_model,
        task_type="CAUSAL_LM",
        target_modules=modules,
        fan_in_fan_out=True,
        use_dora=dora,
    )
    report = merge_adapter(adapter, str(language_model), tmp_path / "merged", memory, Quiet())
    expected = merged_by_peft(language_model, adapter).state_dict()
    for name, tensor in tensors_of(tmp_path / "merged").items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=2e-6)
    assert report.changed == 6


def test_embeddings_are_merged_where_nothing_is_tied_to_them(
    small_llama: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    import torch

    with warnings.catch_warnings():  # that the embeddings are saved, too
        warnings.simplefilter("ignore")
        adapter = train_adapter(
            small_llama, task_type="CAUSAL_LM", target_modules=["embed_tokens", "q_proj"]
        )
    merge_adapter(adapter, None, tmp_path / "merged", MUCH, Quiet())
    expected = merged_by_peft(small_llama, adapter).state_dict()
    name = "model.embed_tokens.weight"
    found = tensors_of(tmp_path / "merged")[name]
    torch.testing.assert_close(found, expected[name], rtol=0, atol=2e-6)


def test_the_bases_types_are_kept_and_sums_rounded_once(
    small_llama: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    base = tmp_path / "base"
    AutoModelForCausalLM.from_pretrained(small_llama, dtype=torch.bfloat16).save_pretrained(base)
    shutil.copy(small_llama / "tokenizer.json", base)
    adapter = train_adapter(small_llama, task_type="CAUSAL_LM", target_modules=["q_proj"])
    report = merge_adapter(adapter, str(base), tmp_path / "merged", MUCH, Quiet())
    exact = merged_by_peft(base, adapter, dtype=torch.float32).state_dict()
    for name, tensor in tensors_of(tmp_path / "merged").items():
        assert tensor.dtype == torch.bfloat16
        # with 8 bits, the nearest number is at most 2^-8 away; a second rounding would add to that
        torch.testing.assert_close(tensor.float(), exact[name], rtol=2**-8, atol=1e-6)
    assert report.check.moved is not None
    assert report.check.difference < report.check.moved / 5


def test_a_merged_model_is_in_as_many_files_as_its_base_and_is_sound(
    small_llama: Path, llama_adapter: Path, look: Look, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "merged"
    report = merge_adapter(llama_adapter, None, out, MUCH, Quiet())
    assert report.files == len(list(small_llama.glob("*.safetensors"))) > 1
    found = look(out)
    assert found.flaws == look(small_llama).flaws
    assert found.parameters == report.parameters == look(small_llama).parameters
    assert (out.stat().st_mode & 0o777, (out / "config.json").stat().st_mode & 0o777) == (
        *(0o755, 0o644),
    )
    assert [path.name for path in out.parent.iterdir()] == ["merged"]


def test_a_merged_classifier_predicts_what_base_and_adapter_do(
    language_model: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    import torch

    from evaluator.classifier.checkpoint import load_checkpoint
    from evaluator.classifier.labels import model_labels

    labels = ("cars", "cooking", "medicine")
    lora = {"target_modules": ["c_attn"], "fan_in_fan_out": True}
    adapter = train_adapter(language_model, task_type="SEQ_CLS", **lora)
    (adapter / "evaluator.json").write_text('{"prompt_template": "News: {{ text }}"}', "utf-8")
    (adapter / "config.json").write_text(json.dumps({"id2label": dict(enumerate(labels))}), "utf-8")
    merge_adapter(adapter, None, tmp_path / "merged", MUCH, Quiet())
    assert model_labels(tmp_path / "merged", None) == labels
    assert (tmp_path / "merged" / "evaluator.json").read_text("utf-8").startswith('{"prompt')
    texts = ["the engine of the car", "salt the soup", "x"]
    logits = []
    for folder, base in ((tmp_path / "merged", None), (adapter, str(language_model))):
        settings = {"labels": labels, "device": "cpu", "dtype": "float32"}
        loaded = load_checkpoint(folder, base_model=base, **settings)
        encoded = loaded.tokenizer(texts, padding=True, return_tensors="pt")
        with torch.no_grad():
            logits.append(loaded.model(**encoded).logits)
    torch.testing.assert_close(*logits, rtol=0, atol=1e-4)


def test_a_base_saved_without_its_head_gets_the_names_of_the_classifier(
    language_model: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    from transformers import GPT2Model

    base = tmp_path / "base"
    GPT2Model.from_pretrained(language_model).save_pretrained(base)
    shutil.copy(language_model / "tokenizer.json", base)
    assert "h.0.attn.c_attn.weight" in tensors_of(base)
    lora = {"target_modules": ["c_attn"], "fan_in_fan_out": True}
    adapter = train_adapter(language_model, task_type="SEQ_CLS", **lora)
    report = merge_adapter(adapter, str(base), tmp_path / "merged", MUCH, Quiet())
    assert report.changed == 2
    assert "transformer.h.0.attn.c_attn.weight" in tensors_of(tmp_path / "merged")


def test_sums_beyond_the_type_are_refused(
    small_llama: Path, train_adapter: AdapterTrainer, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    base = tmp_path / "base"
    AutoModelForCausalLM.from_pretrained(small_llama, dtype=torch.float16).save_pretrained(base)
    adapter = train_adapter(
        small_llama, task_type="CAUSAL_LM", target_modules=["q_proj"], lora_alpha=10_000_000
    )
    with pytest.raises(ModelUnusable, match="beyond the range of F16"):
        merge_adapter(adapter, str(base), tmp_path / "merged", MUCH, Quiet())
    assert not (tmp_path / "merged").exists()


def test_progress_is_told_in_bytes_written(llama_adapter: Path, tmp_path: Path) -> None:
    told = Quiet()
    report = merge_adapter(llama_adapter, None, tmp_path / "merged", MUCH, told)
    # its numbers of 32 bits are less than a MiB, which is told as one
    assert report.size < 1 << 20
    assert told.stages == [("merging", 1)]
