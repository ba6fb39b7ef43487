"""What is found of models and of their flaws, on small real ones."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.errors import ModelUnusable
from evaluator.models.inspection import Inspection

Look = Callable[..., Inspection]
ModelMaker = Callable[..., Path]
GB = 1_000_000_000


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copy a model, so that a test can break it."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / "copy"))


def flaws(found: Inspection) -> list[str]:
    return [one.name for one in found.flaws if one.state == "broken"]


def changed(path: Path, **settings: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **settings}), "utf-8")


def test_a_full_checkpoint_is_described(look: Look, small_llama: Path) -> None:
    found = look(small_llama)
    # embeddings and head 2·400·32; a layer: q and o 2·32², k and v 2·16·32, 3 of 48·32, norms 64
    expected = 2 * 400 * 32 + 2 * (2 * 1024 + 2 * 512 + 3 * 1536 + 64) + 32
    assert (found.form, found.architecture) == ("checkpoint", "LlamaForCausalLM")
    assert found.parameters_by_type == {"F32": expected}
    assert (found.size, found.longest_context) == (4 * expected, 64)
    assert found.tokenizer is not None
    assert flaws(found) == []
    # keys and values of 2 layers with 2 heads of 8 numbers, for 32 tokens, in 2 bytes each
    assert {need.cache for need in found.memory} == {2 * 2 * 2 * 8 * 32 * 2}
    assert found.memory[0].weights == 2 * expected
    assert found.ollama.open
    assert found.ollama.form == "safetensors"


def test_memory_is_held_against_every_place(look: Look, small_llama: Path) -> None:
    found = look(small_llama, places={"large": GB, "small": 100_000})
    fits = {need.precision: need.fits for need in found.memory}
    # 41,888 parameters: 84 kB in 16 bits, 26 kB in four, and a cache of 4 kB beside them
    assert fits["FP16"] == {"large": True, "small": True}
    tight = look(small_llama, places={"small": 60_000}).memory
    assert [need.fits["small"] for need in tight] == [False, True, True]


def test_a_context_beyond_the_models_own_is_not_reckoned_with(
    look: Look, small_llama: Path
) -> None:
    from evaluator.models.inspecting import inspect_model
    from evaluator.models.surroundings import Surroundings

    assert inspect_model(small_llama, None, Surroundings(4096)).context == 64


def test_a_gguf_file_is_described(look: Look, gguf: Path) -> None:
    found = look(gguf)
    assert (found.form, found.architecture, found.ollama.form) == ("gguf", "gemma3", "gguf")
    assert found.parameters == 268_098_176
    assert flaws(found) == []
    (need,) = found.memory
    # 18 layers with one head of 256 numbers for keys and one for values, in 2 bytes each
    assert (need.precision, need.cache) == ("as it is", 18 * 512 * 32 * 2)


def test_a_classifier_is_nothing_for_ollama(look: Look, tiny_model: Path) -> None:
    found = look(tiny_model)
    assert flaws(found) == []
    assert not found.ollama.open
    assert "evaluator run --model-path" in found.ollama.said


def test_an_adapter_and_its_base_are_described(
    look: Look, llama_adapter: Path, small_llama: Path
) -> None:
    found = look(llama_adapter)
    assert found.form == "adapter"
    assert found.base is not None
    assert (found.base.path, found.base.architecture) == (str(small_llama), "LlamaForCausalLM")
    assert found.base.parameters == look(small_llama).parameters
    assert flaws(found) == []
    assert (found.ollama.form, found.ollama.open) == ("adapter", True)
    assert found.memory[0].weights == 2 * (found.parameters + found.base.parameters)


@pytest.mark.parametrize("settings", [{"modules_to_save": ["lm_head"]}, {"bias": "all"}])
def test_an_adapter_that_ollama_would_apply_in_part_is_sent_to_a_merge(
    look: Look, llama_adapter: Path, copied: Callable[[Path], Path], settings: dict[str, object]
) -> None:
    folder = copied(llama_adapter)
    changed(folder / "adapter_config.json", **settings)
    way = look(folder).ollama
    assert not way.open
    assert "merge it first" in way.said


def test_a_base_that_is_nowhere_is_named(
    look: Look, llama_adapter: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(llama_adapter)
    changed(folder / "adapter_config.json", base_model_name_or_path="outputs/lora_20250829")
    found = look(folder)
    assert flaws(found) == ["base-not-found"]
    assert "outputs/lora_20250829" in found.flaws[0].said
    changed(folder / "adapter_config.json", base_model_name_or_path=None)
    assert flaws(look(folder)) == ["base-not-named"]


def test_an_adapter_of_another_base_is_noticed_by_its_shapes(
    look: Look, llama_adapter: Path, small_llama: Path, language_model: Path, tmp_path: Path
) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    larger = LlamaConfig.from_pretrained(small_llama, hidden_size=64, head_dim=16)
    LlamaForCausalLM(larger).save_pretrained(tmp_path / "larger")
    shutil.copy(small_llama / "tokenizer.json", tmp_path / "larger")
    found = look(llama_adapter, str(tmp_path / "larger"))
    assert flaws(found) == ["base-mismatch"]
    assert "q_proj, 32 by 32 where the base has 64 by 64" in found.flaws[0].said
    assert flaws(look(llama_adapter, str(language_model))) == ["target-not-in-base"]
    for path in (tmp_path / "larger").glob("*.safetensors"):
        path.unlink()
    by_config = look(llama_adapter, str(tmp_path / "larger"))
    assert flaws(by_config) == ["weights-missing", "base-mismatch"]
    assert "reads 32 numbers where the base's width is 64" in by_config.flaws[-1].said


def test_a_config_of_another_base_beside_the_adapter_is_noticed(
    look: Look, llama_adapter: Path, small_llama: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(llama_adapter)
    shutil.copy(small_llama / "config.json", folder)
    assert flaws(look(folder)) == []
    changed(folder / "config.json", hidden_size=6144)
    assert flaws(look(folder)) == ["config-of-another-base"]


def test_a_vocabulary_that_the_embeddings_do_not_know_is_noticed(
    look: Look, tiny_model: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(tiny_model)
    fast = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    rows = json.loads((folder / "config.json").read_text("utf-8"))["vocab_size"]
    fast["added_tokens"].append({**fast["added_tokens"][0], "id": rows, "content": "<new>"})
    (folder / "tokenizer.json").write_text(json.dumps(fast), "utf-8")
    found = look(folder)
    assert flaws(found) == ["vocabulary-mismatch"]
    assert f"{rows + 1} tokens (1 of them added) and the model knows {rows}" in found.flaws[0].said
    (folder / "tokenizer.json").unlink()
    assert flaws(look(folder)) == ["no-tokenizer"]
    changed(folder / "config.json", vocab_size=rows + 1)
    assert flaws(look(folder)) == ["vocabulary-mismatch", "no-tokenizer"]


def test_missing_and_cut_files_are_noticed(
    look: Look, small_llama: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(small_llama)
    first, *_, last = sorted(folder.glob("*.safetensors"))
    last.unlink()
    found = look(folder)
    assert flaws(found) == ["shard-missing"]
    assert last.name in found.flaws[0].said
    first.write_bytes(first.read_bytes()[:-5])
    assert flaws(look(folder)) == ["file-damaged", "shard-missing"]


def test_several_files_without_an_index_are_noticed(
    look: Look, small_llama: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(small_llama)
    (folder / "model.safetensors.index.json").unlink()
    assert flaws(look(folder)) == ["index-missing"]


def test_pickled_weights_are_refused(look: Look, tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "pytorch_model.bin").touch()
    assert flaws(look(folder)) == ["pickled-weights"]
    (folder / "pytorch_model.bin").unlink()
    assert flaws(look(folder)) == ["weights-missing"]


@pytest.mark.parametrize("name", ["../../x.safetensors", "/etc/passwd", "..", "a\\b.safetensors"])
def test_an_index_that_leads_out_of_the_directory_is_refused(
    look: Look, tiny_model: Path, copied: Callable[[Path], Path], name: str
) -> None:
    folder = copied(tiny_model)
    index = {"weight_map": {"transformer.wte.weight": name}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    with pytest.raises(ModelUnusable, match="would not be inside"):
        look(folder)


def test_a_link_out_of_the_directory_is_refused(
    look: Look, tiny_model: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(tiny_model)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(tiny_model / "model.safetensors")
    with pytest.raises(ModelUnusable, match="leads out of its directory"):
        look(folder)


def test_settings_that_cannot_be_are_refused(
    look: Look, tiny_model: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(tiny_model)
    changed(folder / "config.json", n_layer=-5)
    with pytest.raises(ModelUnusable, match="n_layer: Input should be greater than 0"):
        look(folder)
    (folder / "config.json").write_text("[" * 100_000, "utf-8")
    with pytest.raises(ModelUnusable, match="is not JSON"):
        look(folder)


def test_what_is_no_model_is_refused_with_what_to_do(
    look: Look, gguf: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelUnusable, match="there is no model at"):
        look(tmp_path / "absent")
    with pytest.raises(ModelUnusable, match=r"neither config\.json nor adapter_config\.json"):
        look(tmp_path)
    (tmp_path / "m.gguf").touch()
    with pytest.raises(ModelUnusable, match=r"name one of them, such as .*m\.gguf"):
        look(tmp_path)
