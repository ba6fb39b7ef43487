"""`evaluator models` as a user meets it."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import assert_fails, case_lines, evaluator
from tls import behind_tls

from evaluator.cases.digest import text_sha256
from evaluator.classifier.checkpoint import load_checkpoint
from evaluator.classifier.classify import classify
from evaluator.cli.progress import LineProgress
from evaluator.models.merging import merge_adapter

LABELS = ("cars", "cooking", "medicine")
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


def test_a_server_of_a_private_authority_is_inspected_for(
    small_checkpoint: Path, tmp_path: Path
) -> None:
    engine = ScriptedEngine(lambda text: {" Yes": 1.0})
    with (
        OllamaServer(engine, [ServedModel("llama3.2")]) as server,
        behind_tls(server.url, tmp_path) as (url, ca_file),
    ):
        given = ("models", "inspect", small_checkpoint, "--judge-url", url, "--format", "json")
        assert_fails(evaluator(*given), 3, "certificate")
        document = json.loads(evaluator(*given, "--ca-file", ca_file).out)
    assert document["server"]["url"] == url


def test_a_merged_classifier_gives_the_cases_of_a_run_what_its_adapter_gives_them(
    language_model: Path, save_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    adapter = classifier_adapter(language_model, tmp_path / "adapter", save_adapter)
    merged = tmp_path / "merged"
    merge_adapter(adapter, None, merged, 1 << 30, LineProgress(lambda *told: None))
    cases = tmp_path / "cases.csv"
    texts = ("the engine", "the salt of the soup", "and", "car car car", "soup", "e")
    rows = [f"{number},{text},cars" for number, text in enumerate(texts)]
    cases.write_text("\n".join(["id,text,label", *rows]), "utf-8")
    with OllamaServer(ScriptedEngine(lambda text: {" Yes": 1.0}), [ServedModel("j")]) as server:
        ended = evaluator(
            *("run", "--model-path", merged, "--data", cases, "--save-to", tmp_path / "run"),
            *("--judge", f"ollama:j@{server.url}"),
        )
    assert ended.code == 0, ended.err
    settings = {"labels": LABELS, "device": "cpu", "dtype": "float32"}
    both = load_checkpoint(adapter, base_model=None, **settings)
    expected = {one.text_sha256: one.label for one in classify(both, texts)}
    found = {
        text_sha256(texts[int(line["id"])]): line["predicted"]
        for line in case_lines(tmp_path / "run")
    }
    assert found == expected
    assert len(set(found.values())) > 1


def test_a_taken_place_ends_a_merge_with_74(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    ended = evaluator("models", "merge", tmp_path / "adapter", "--out", tmp_path)
    assert_fails(ended, 74, "is there already", "--out")


def classifier_adapter(base: Path, folder: Path, save_adapter: Callable[..., Path]) -> Path:
    """An adapter that decides, on a GPT-2 that never did, with the names of its classes."""
    import torch
    from transformers import GPT2ForSequenceClassification

    torch.manual_seed(5)
    model = GPT2ForSequenceClassification.from_pretrained(base, num_labels=3)
    model.score.weight.data *= 40
    lora = {"target_modules": ["c_attn"], "fan_in_fan_out": True, "init_lora_weights": False}
    save_adapter(model, folder, task_type="SEQ_CLS", **lora)
    names = dict(enumerate(LABELS))
    (folder / "config.json").write_text(json.dumps({"id2label": names}), "utf-8")
    return folder


@pytest.fixture
def small_checkpoint(tmp_path: Path) -> Path:
    """Settings alone."""
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    return tmp_path


def write_gguf(path: Path) -> Path:
    """A GGUF file without tensors, which is all that a server that only hashes it needs."""
    values = {"general.architecture": "llama", "general.type": "model"}
    content = b"GGUF" + struct.pack("<IQQ", 3, 0, len(values))
    for key, value in values.items():
        for text in (key, value):
            kind = struct.pack("<I", 8) if text is value else b""
            content += kind + struct.pack("<Q", len(text)) + text.encode()
    path.write_bytes(content + b"\x00" * (-len(content) % 32))
    return path


def test_a_model_is_registered_listed_and_removed(tmp_path: Path) -> None:
    gguf = write_gguf(tmp_path / "model.gguf")
    modelfile = tmp_path / "Modelfile"
    modelfile.write_text("FROM ./model.gguf\nPARAMETER temperature 0.1\n", "utf-8")
    engine = ScriptedEngine(lambda text: {" Yes": 0.9, " No": 0.1})
    with OllamaServer(engine, []) as server:
        env = {"OLLAMA_HOST": server.url, **NO_TORCH}
        given = ("--from", gguf, "--system", "Be brief.", "--format", "json")
        dry = evaluator("models", "register", "judge", *given, "--dry-run", env=env)
        plan = json.loads(dry.out)
        assert (plan["name"], plan["format"], plan["files"]) == ("judge:latest", "gguf", 1)
        assert (plan["source_bytes"], plan["also_sent"]) == (gguf.stat().st_size, ["system"])
        assert (plan["server"], plan["replaces"]) == (server.url, None)
        assert {one.method for one in server.requests} == {"GET"}
        done = evaluator("models", "register", "judge", "--modelfile", modelfile, env=env)
        assert done.code == 0, done.err
        assert "Registered judge:latest" in done.out
        assert "it calls guitars and drums, which are related, related (p = 0.90" in done.out
        assert "uploading: 1 of 1 MiB" in done.err
        (listed,) = json.loads(evaluator("models", "list", "--format", "json", env=env).out)
        assert (listed["model"], listed["size"]) == ("judge:latest", gguf.stat().st_size)
        unasked = evaluator("models", "remove", "judge", env=env)
        assert (unasked.code, "add --yes" in unasked.err) == (2, True)
        gone = evaluator("models", "remove", "judge", "--yes", env=env)
        assert (gone.code, gone.out) == (0, f"Deleted judge:latest at {server.url}.\n")


def test_a_modelfile_is_linted_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "Modelfile"
    path.write_text("FROM ./model.gguf\nPARAMETER temprature 0.1\nSYSTEM a\nSYSTEM b\n", "utf-8")
    ended = evaluator("models", "lint", path)
    assert (ended.code, ended.err) == (2, "")
    assert ended.out.splitlines() == [
        f"{path}:1: error: FROM names {tmp_path / 'model.gguf'}, which does not exist",
        f"{path}:2: error: there is no parameter temprature: did you mean temperature?",
        f"{path}:4: warning: SYSTEM stands on line 3, too: only this one counts",
    ]
    found = json.loads(evaluator("models", "lint", path, "--format", "json").out)
    assert [(one["line"], one["severity"]) for one in found] == [
        (1, "error"),
        (2, "error"),
        (4, "warning"),
    ]


def test_drift_of_kept_verdicts_is_a_sentence_a_table_and_json(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cars\ncooking\nmedicine\n", "utf-8")
    engine = ScriptedEngine(lambda text: {" Yes": 0.9, " No": 0.1})
    with OllamaServer(engine, [ServedModel("llama3.2")]) as server:
        judge = f"ollama:llama3.2@{server.url}"
        judged = evaluator(
            *("matrix", "--labels", labels, "--judge", judge, "--save-to", tmp_path / "run")
        )
    assert judged.code == 0, judged.err
    kept = tmp_path / "run"
    ended = evaluator("models", "drift", kept, kept / "matrix.json", env=NO_TORCH)
    assert ended.code == 0, ended.err
    assert "another verdict than" in ended.out and "0.0 % of 3 pairs" in " ".join(ended.out.split())
    document = json.loads(evaluator("models", "drift", kept, kept, "--format", "json").out)
    assert (document["pairs"], document["same_verdict"]["value"]) == (3, 1.0)
