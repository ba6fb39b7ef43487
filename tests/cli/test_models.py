"""`evaluator models` as a user meets it."""

import json
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import assert_fails, evaluator

GUARDS = str(Path(__file__).parent.parent / "guards")
NO_TORCH = {"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": "torch transformers peft safetensors"}


def test_a_gguf_file_is_inspected_for_people_and_programs(gguf: Path) -> None:
    ended = evaluator("models", "inspect", gguf, "--gpu-memory", 0.1)
    assert ended.code == 0, ended.err
    assert "268,098,176" in ended.out
    assert "no-chat-template" in ended.out
    document = json.loads(evaluator("models", "inspect", gguf, "--format", "json").out)
    assert document["architecture"] == "gemma3"
    assert document["memory"][0]["cache"] == 2048 * 18 * 512 * 2


def test_an_adapter_without_its_base_ends_with_4_without_any_model_package(tmp_path: Path) -> None:
    adapter = {"peft_type": "LORA", "base_model_name_or_path": "outputs/lora_20250829"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(adapter), "utf-8")
    ended = evaluator("models", "inspect", tmp_path, env=NO_TORCH)
    assert ended.code == 4, ended.err
    assert "base-not-found: the base model 'outputs/lora_20250829'" in ended.out
    assert "weights-missing" in ended.out


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    ended = evaluator("models", "inspect", tmp_path / "outputs" / "lora_20250829")
    assert_fails(ended, 4, "there is no model at", "lora_20250829")


@pytest.mark.parametrize(("version", "is_open"), [("0.33.0", True), ("0.34.1", False)])
def test_the_servers_version_decides_about_the_way(
    small_checkpoint: Path, version: str, is_open: bool
) -> None:
    engine = ScriptedEngine(lambda text: {" Yes": 1.0})
    with OllamaServer(engine, [ServedModel("llama3.2")], version=version) as server:
        ended = evaluator(
            *("models", "inspect", small_checkpoint, "--judge-url", server.url),
            *("--format", "json"),
        )
    document = json.loads(ended.out)
    assert document["server"]["version"] == version
    assert document["ollama"]["open"] is is_open


@pytest.fixture
def small_checkpoint(tmp_path: Path) -> Path:
    """Settings alone."""
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    return tmp_path
