"""Model directories judged by their files alone."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.classifier.files import base_of, checkpoint_fingerprint, require_safetensors
from evaluator.errors import ModelUnusable

from .loading import rewrite


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "config.json").write_text("{}", "utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def adapter(tmp_path: Path, base: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    settings = {"peft_type": "LORA", "base_model_name_or_path": str(base)}
    (folder / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    (folder / "adapter_model.safetensors").write_bytes(b"adapter")
    return folder


def test_an_adapters_fingerprint_changes_with_its_base(adapter: Path, base: Path) -> None:
    before = checkpoint_fingerprint(adapter, None)
    (base / "model.safetensors").write_bytes(b"other weights")
    assert checkpoint_fingerprint(adapter, None) != before


def test_an_adapters_fingerprint_is_the_same_wherever_its_base_lies(
    adapter: Path, base: Path
) -> None:
    before = checkpoint_fingerprint(adapter, None)
    moved = base.rename(base.with_name("moved"))
    assert checkpoint_fingerprint(adapter, str(moved)) == before


def test_a_base_from_the_hub_counts_by_its_name(adapter: Path) -> None:
    one, other = (checkpoint_fingerprint(adapter, name) for name in ("org/one", "org/other"))
    assert one != other


def test_an_adapters_pickled_weights_are_refused_whatever_lies_beside_them(adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").rename(adapter / "decoy.safetensors")
    (adapter / "adapter_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelUnusable, match="pickled"):
        require_safetensors(adapter)


def test_a_link_to_weights_that_are_not_there_is_a_download_cut_short(base: Path) -> None:
    (base / "model.safetensors").unlink()
    (base / "model.safetensors").symlink_to(base / "blobs" / "missing")
    with pytest.raises(ModelUnusable, match="is the download complete"):
        checkpoint_fingerprint(base, None)


def test_an_adapter_without_a_base_asks_for_one(adapter: Path) -> None:
    rewrite(adapter / "adapter_config.json", base_model_name_or_path=None)
    with pytest.raises(ModelUnusable, match="--base-model"):
        base_of(adapter, None)


@pytest.mark.parametrize("shard", ["../other.safetensors", "/etc/passwd", "a/b.safetensors", ".."])
def test_weights_outside_of_the_folder_are_not_read(base: Path, shard: str) -> None:
    index = base / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": shard}}), "utf-8")
    with pytest.raises(ModelUnusable, match="names weights outside of its folder"):
        require_safetensors(base)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": [1]}', "[" * 3_000])
def test_a_broken_list_of_weights_is_one_sentence(base: Path, content: str) -> None:
    (base / "model.safetensors.index.json").write_text(content, "utf-8")
    with pytest.raises(ModelUnusable, match="is not a list of weights"):
        require_safetensors(base)


def test_the_weights_of_a_base_outside_of_its_folder_are_not_read(
    adapter: Path, base: Path
) -> None:
    index = base / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "../elsewhere.safetensors"}}), "utf-8")
    with pytest.raises(ModelUnusable, match="names weights outside of its folder"):
        checkpoint_fingerprint(adapter, None)


def test_a_base_that_is_an_adapter_itself_is_refused(adapter: Path, base: Path) -> None:
    settings = {"peft_type": "LORA", "megatron_config": {"a": 1}, "megatron_core": "planted"}
    (base / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    with pytest.raises(ModelUnusable, match="holds an adapter itself: take adapter_config"):
        checkpoint_fingerprint(adapter, None)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("config.json", {"transformers_weights": "adapter_model.bin"}, "transformers_weights"),
        ("config.json", {"text_config": {"transformers_weights": "a/b"}}, "transformers_weights"),
        ("config.json", {"configuration_files": ["config.4.0.0.json"]}, "configuration_files"),
        ("config.json", {"_attn_implementation": "any/kernel"}, "asks for code on the hub"),
        ("config.json", {"num_labels": 2_000_000_000}, "more than 100000 classes"),
        ("tokenizer_config.json", {"fast_tokenizer_files": ["tokenizer.4.json"]}, "fast_token"),
    ],
)
def test_settings_that_lead_elsewhere_are_refused_in_a_model_and_in_a_base(
    base: Path, adapter: Path, name: str, content: dict[str, object], complaint: str
) -> None:
    (base / name).write_text(json.dumps(content), "utf-8")
    for model in (base, adapter):
        with pytest.raises(ModelUnusable, match=complaint):
            checkpoint_fingerprint(model, None)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _endless])
@pytest.mark.parametrize(
    "name", ["model.safetensors", "model.safetensors.index.json", "tokenizer.json", "vocab.txt"]
)
def test_what_is_no_file_is_not_opened(base: Path, name: str, make: Callable[[Path], None]) -> None:
    (base / name).unlink(missing_ok=True)
    make(base / name)
    with pytest.raises(ModelUnusable, match=f"{name} is neither a file nor a folder"):
        checkpoint_fingerprint(base, None)


def test_settings_too_large_to_be_settings_are_not_read(base: Path) -> None:
    with (base / "config.json").open("r+b") as content:
        content.truncate(1 << 40)  # sparse: nothing is stored
    with pytest.raises(ModelUnusable, match="is too large to be what its name says"):
        require_safetensors(base)
