"""Adapters judged by what their settings ask of peft."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator.classifier.adapter_settings import require_plain_adapter
from evaluator.errors import ModelUnusable


def adapter(folder: Path, **settings: Any) -> Path:
    told = {"peft_type": "LORA", **settings}
    (folder / "adapter_config.json").write_text(json.dumps(told), "utf-8")
    return folder


def test_an_adapter_cannot_have_a_module_imported(tmp_path: Path) -> None:
    hostile = adapter(tmp_path, megatron_config={"a": 1}, megatron_core="planted")
    with pytest.raises(ModelUnusable, match="asks for Megatron"):
        require_plain_adapter(hostile)


@pytest.mark.parametrize(
    "kind", ["SHADOW", "XLORA", "MULTITASK_PROMPT_TUNING", "PROMPT_TUNING", None, ["LORA"]]
)
def test_kinds_of_adapters_that_name_other_models_and_files_are_refused(
    tmp_path: Path, kind: object
) -> None:
    with pytest.raises(ModelUnusable, match="use one of ADALORA, IA3, LOHA, LOKR, LORA"):
        require_plain_adapter(adapter(tmp_path, peft_type=kind))


@pytest.mark.parametrize("ranges", [[[0, 2]] * 100_000, [[0, 1e300]], ["x"], 7])
def test_layers_repeated_beyond_measure_are_refused(tmp_path: Path, ranges: object) -> None:
    with pytest.raises(ModelUnusable, match="repeats its base's layers"):
        require_plain_adapter(adapter(tmp_path, layer_replication=ranges))


def test_layers_repeated_within_measure_are_not(tmp_path: Path) -> None:
    require_plain_adapter(adapter(tmp_path, layer_replication=[[0, 16], [8, 24]]))


@pytest.mark.parametrize("content", ["", "[]", "[" * 3_000, "\0"])
def test_broken_settings_are_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "adapter_config.json").write_text(content, "utf-8")
    with pytest.raises(ModelUnusable, match="has no readable adapter_config"):
        require_plain_adapter(tmp_path)
