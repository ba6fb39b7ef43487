"""Model directories judged by their files alone."""

import json
from pathlib import Path

import pytest

from evaluator.classifier.files import base_of, checkpoint_fingerprint, require_safetensors
from evaluator.errors import ModelUnusable


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
    settings = {"base_model_name_or_path": str(base)}
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
    (adapter / "adapter_config.json").write_text("{}", "utf-8")
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


def test_an_adapter_cannot_have_a_module_imported(adapter: Path) -> None:
    settings = {"megatron_config": {"a": 1}, "megatron_core": "planted"}
    (adapter / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    with pytest.raises(ModelUnusable, match="asks for Megatron"):
        require_safetensors(adapter)
