"""Knitfab's news-classification example: its settings file, its adapter and its data, unchanged."""

import json
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from newsgroups_cache import cache, posts
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import Ended, case_lines, evaluator, findings, journaled

from evaluator.cases import NEWSGROUPS_GLOSSARY
from evaluator.judge.labels import read_labels

AdapterSaver = Callable[..., Path]

GUARDS = str(Path(__file__).parent / "guards")
LABELS = read_labels(NEWSGROUPS_GLOSSARY).names
SETTINGS = {"device": "cuda", "num_sample": 100, "threshold": 0.8}
POSTS = 120


def post(number: int) -> str:
    return (
        f"From: writer{number}@b.example\nSubject: number {number}\n\n"
        f"Someone writes:\n> a quote\nThe body of post {number}, which is short.\n\n"
        f"--\nthe signature of writer {number}\n"
    )


@pytest.fixture(scope="module")
def mounted(
    tmp_path_factory: pytest.TempPathFactory,
    language_model: Path,
    save_adapter: AdapterSaver,
    four_bits: dict[str, Any],
) -> Path:
    """What a plan mounts: `configs`, `in/model` as the example's training leaves it, `out`."""
    from transformers import AutoTokenizer, GPT2ForSequenceClassification

    root = tmp_path_factory.mktemp("mounted")
    model = root / "in" / "model"
    model.mkdir(parents=True)
    foundation = GPT2ForSequenceClassification.from_pretrained(language_model, num_labels=20)
    foundation.config.save_pretrained(model)
    lora = {"r": 64, "target_modules": ["c_attn"], "fan_in_fan_out": True}
    save_adapter(foundation, model, task_type="SEQ_CLS", **lora)
    AutoTokenizer.from_pretrained(language_model).save_pretrained(model)
    rewrite(model / "config.json", quantization_config=four_bits)
    rewrite(model / "adapter_config.json", base_model_name_or_path="openai-community/gpt2")
    (root / "configs").mkdir()
    config = {"save_to": str(root / "out"), **SETTINGS}
    (root / "configs" / "evaluate-config.json").write_text(json.dumps(config, indent=4), "utf-8")
    (root / "out").mkdir()
    (root / "sklearn").mkdir()
    bodies = [post(number) for number in range(POSTS)]
    cache(root / "sklearn", test=posts(*bodies, labels=LABELS), train=posts(labels=LABELS))
    return root


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture(scope="module")
def surroundings(mounted: Path, server: OllamaServer, language_model: Path) -> dict[str, str]:
    """The judge and the base model from the environment; neither accelerator nor hub."""
    path = os.pathsep.join([GUARDS, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        "EVALUATOR_JUDGE": "ollama:llama3.2",
        "EVALUATOR_JUDGE_URL": server.url,
        "EVALUATOR_BASE_MODEL": str(language_model),
        "SCIKIT_LEARN_DATA": str(mounted / "sklearn"),
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": path,
        "ONLY_HOST": "127.0.0.1",
    }


@pytest.fixture(scope="module")
def ended(
    mounted: Path, surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Ended:
    """The example's own arguments, started somewhere else."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    config = mounted / "configs" / "evaluate-config.json"
    arguments = ["--config-file", config, "--model", mounted / "in" / "model"]
    ended = evaluator("run", *arguments, cwd=elsewhere, env=surroundings)
    assert list(elsewhere.iterdir()) == []
    return ended


def results(run_directory: Path) -> list[dict[str, Any]]:
    content = json.loads((run_directory / "deepeval-result.json").read_text("utf-8"))
    found: list[dict[str, Any]] = content["test_results"]
    return found


def test_the_settings_file_is_all_that_a_run_needs(ended: Ended, mounted: Path) -> None:
    assert ended.code == 0, ended.err
    assert "'num_sample' is read as 'num_samples'" in ended.err
    assert "device 'cuda' is not available here; the classifier runs on the CPU" in ended.err
    summary = findings(mounted / "out")
    assert (summary["cases"]["total"], summary["cases"]["judged"]) == (100, 100)
    assert summary["pass"]["threshold"] == 0.8
    assert len(summary["per_label"]) == 20


@pytest.mark.usefixtures("ended")
def test_the_judge_reads_plain_names_of_classes_that_the_model_numbers(
    mounted: Path, server: OllamaServer
) -> None:
    named = {line["predicted"] for line in case_lines(mounted / "out")}
    assert named <= set(LABELS)
    asked = [body["messages"][-1]["content"] for body in server.bodies("/api/chat")]
    assert any("ice hockey" in question for question in asked)
    assert not any("rec.sport.hockey" in question for question in asked)


@pytest.mark.usefixtures("ended")
def test_the_result_is_written_as_the_example_wrote_it(mounted: Path) -> None:
    shared, lines = results(mounted / "out"), case_lines(mounted / "out")
    assert [one["metadata"]["id"] for one in shared] == [line["id"] for line in lines]
    assert [one["actual_output"] for one in shared] == [line["predicted"] for line in lines]
    assert [one["expected_output"] for one in shared] == [line["gold"] for line in lines]
    assert [one["metrics_data"][0]["score"] for one in shared] == [line["score"] for line in lines]
    for one in shared:
        assert one["input"].startswith("The body of post")
        assert one["metrics_data"][0]["evaluation_model"] == "llama3.2:latest (Ollama)"


def test_the_preset_repeats_the_examples_data_handling(
    mounted: Path, surroundings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.datasets import fetch_20newsgroups

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(mounted / "sklearn"))
    first = fetch_20newsgroups(subset="test").data[:100]
    assert len(set(first)) == 100
    arguments = ["--model", mounted / "in" / "model", "--save-to", tmp_path / "run"]
    ended = evaluator("run", "--preset", "knitfab-example", *arguments, env=surroundings)
    assert ended.code == 0, ended.err
    assert [line["id"] for line in case_lines(tmp_path / "run")] == [
        f"test-{number}" for number in range(100)
    ]
    assert [one["input"] for one in results(tmp_path / "run")] == first
    assert first[0].startswith("From: ") and "> a quote" in first[0] and "signature" in first[0]
    wrapped = [f"### [HUMAN] Classify this news article: '{text}'\n" for text in first]
    seen = {one["text_sha256"] for one in journaled(tmp_path / "run", "classifications")}
    assert seen == {sha256(text.encode()).hexdigest() for text in wrapped}
    assert findings(tmp_path / "run")["pass"]["threshold"] == 0.8


def test_the_preset_can_be_planned_and_named_by_the_environment(
    mounted: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    arguments = ["--model", mounted / "in" / "model", "--save-to", tmp_path / "run"]
    named = {**surroundings, "EVALUATOR_PRESET": "knitfab-example", "EVALUATOR_NUM_SAMPLES": "30"}
    ended = evaluator("plan", *arguments, "--format", "json", env=named)
    assert ended.code == 0, ended.err
    plan = json.loads(ended.out)
    assert (plan["cases"], plan["labels"], plan["questions"]) == (30, 20, 380)
