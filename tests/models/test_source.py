"""What a folder or file is, before anything of it is sent."""

import json
import os
from pathlib import Path

import pytest

from evaluator.errors import ConfigError, ModelUnusable
from evaluator.models.source import read_source

from .model_files import Q4_K_M, write_adapter, write_checkpoint, write_gguf


def test_a_checkpoint_is_its_weights_configurations_and_tokenizer(tmp_path: Path) -> None:
    source = read_source(write_checkpoint(tmp_path / "model", "Qwen2ForCausalLM"))
    assert (source.format, source.architecture) == ("checkpoint", "Qwen2ForCausalLM")
    assert [one.name for one in source.files] == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "config.json",
        "model.safetensors.index.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert source.bytes == sum(one.path.stat().st_size for one in source.files)


def test_a_gguf_file_tells_its_architecture_and_quantization(tmp_path: Path, gguf: Path) -> None:
    source = read_source(write_gguf(tmp_path / "a.gguf", architecture="qwen2", file_type=Q4_K_M))
    assert (source.format, source.architecture, source.quantization) == ("gguf", "qwen2", "Q4_K_M")
    real = read_source(gguf)
    assert (real.format, real.architecture, real.quantization) == ("gguf", "gemma3", "Q4_K_M")
    assert real.bytes == 253_113_024
    adapter = read_source(write_gguf(tmp_path / "lora.gguf", kind="adapter"))
    assert (adapter.format, adapter.is_adapter) == ("gguf-adapter", True)


def test_a_split_gguf_file_is_all_its_parts(tmp_path: Path) -> None:
    parts = [write_gguf(tmp_path / f"m-0000{number}-of-00003.gguf") for number in (1, 2, 3)]
    for named in (parts[1], tmp_path):
        assert [one.path for one in read_source(named).files] == parts
    parts[2].unlink()
    with pytest.raises(ModelUnusable, match=r"one of 3 parts, and m-00003-of-00003\.gguf is miss"):
        read_source(parts[0])


def test_an_adapter_is_recognized_before_a_checkpoint(tmp_path: Path) -> None:
    source = read_source(write_adapter(tmp_path / "lora"))
    assert (source.format, source.is_adapter, source.architecture) == ("adapter", True, None)
    assert [one.name for one in source.files] == [
        "adapter_model.safetensors",
        "adapter_config.json",
    ]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"peft_type": "IA3"}, "adapters of the kind IA3"),
        ({"use_dora": True}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, "whole modules beside the matrices"),
        ({"bias": "lora_only"}, "trained biases"),
    ],
)
def test_adapters_that_a_server_would_misread_are_to_be_merged(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    folder = write_adapter(tmp_path, **settings)
    with pytest.raises(ModelUnusable, match=f"it does not know {words}: .*evaluator models merge"):
        read_source(folder)


def test_a_checkpoint_saved_quantized_is_refused(tmp_path: Path, four_bits: object) -> None:
    folder = write_checkpoint(tmp_path, quantization_config=four_bits)
    with pytest.raises(ModelUnusable, match="was saved quantized"):
        read_source(folder)


def test_settings_without_weights_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["A"]}), "utf-8")
    with pytest.raises(ModelUnusable, match=r"holds no model\*\.safetensors: save the model"):
        read_source(tmp_path)


def test_links_out_of_the_folder_are_refused_and_links_within_are_not(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "model")
    (folder / "generation_config.json").symlink_to("config.json")
    assert "generation_config.json" in [one.name for one in read_source(folder).files]
    secret = tmp_path / "secret.json"
    secret.write_text("{}", "utf-8")
    (folder / "special_tokens_map.json").symlink_to(secret)
    with pytest.raises(ModelUnusable, match="leads out of its directory"):
        read_source(folder)


def test_a_file_that_was_itself_named_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target = write_gguf(tmp_path / "kept" / "blob.gguf")
    link = tmp_path / "model.gguf"
    link.symlink_to(target)
    assert [one.path for one in read_source(link).files] == [link]


def test_a_pipe_is_passed_over(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path)
    os.mkfifo(folder / "extra.json")
    assert "extra.json" not in [one.name for one in read_source(folder).files]


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        read_source(tmp_path / "nowhere")
    with pytest.raises(ModelUnusable, match=r"holds neither config\.json nor"):
        read_source(tmp_path)
    text = tmp_path / "model.safetensors.txt"
    text.write_text("hello", "utf-8")
    with pytest.raises(ModelUnusable, match="of a checkpoint name its folder"):
        read_source(text)
    for name in ("a.gguf", "b.gguf"):
        write_gguf(tmp_path / name)
    with pytest.raises(ModelUnusable, match="holds 2 GGUF files; name one"):
        read_source(tmp_path)
