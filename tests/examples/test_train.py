"""The example's training script, run as a user runs it, for one epoch on the example's articles."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from running import PATIENCE, environment, evaluator

from evaluator.classifier.checkpoint import load_checkpoint
from evaluator.classifier.classify import classify
from evaluator.classifier.labels import model_labels


def train(example: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(example / "train.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment({"HF_HUB_OFFLINE": "1"}),
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def trained(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model from scratch after one epoch, measured on what it was trained on."""
    save_to = tmp_path_factory.mktemp("trained") / "model"
    articles = example / "articles.jsonl"
    done = train(
        example,
        *[
            "--from-scratch",
            "small",
            "--data",
            articles,
            "--validation-share",
            0.2,
            "--epochs",
            1,
            "--evaluate",
            articles,
        ],
        *["--save-to", save_to],
    )
    assert done.returncode == 0, done.stderr
    return save_to


def test_a_model_from_scratch_is_a_model_that_the_evaluator_runs(trained: Path) -> None:
    labels = model_labels(trained, None)
    assert len(labels) == 20
    checkpoint = load_checkpoint(
        trained, base_model=None, labels=labels, device="cpu", dtype="float32"
    )
    (one,) = classify(checkpoint, ["The pitcher threw nine innings."], 512)
    assert one.label in labels


def test_the_prompt_template_travels_with_the_model(trained: Path) -> None:
    card = json.loads((trained / "evaluator.json").read_text("utf-8"))
    assert card == {"prompt_template": "{{ text }}"}


def test_the_model_card_says_on_what_it_was_trained_and_how_well_it_does(trained: Path) -> None:
    card = (trained / "README.md").read_text("utf-8")
    assert "articles.jsonl" in card
    assert "accuracy" in card
    assert "(160)" in card


def test_a_lora_adapter_is_evaluated_on_its_base_model(
    example: Path, trained: Path, tmp_path: Path
) -> None:
    articles = example / "articles.jsonl"
    base = ["--base-model", trained]
    done = train(
        example,
        *["--lora", *base, "--data", articles, "--epochs", 1, "--validation-share", 0],
        *["--save-to", tmp_path / "adapter"],
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "adapter" / "model.safetensors").exists()
    plan = evaluator(
        *["run", "--data", articles, "--model", tmp_path / "adapter", *base],
        *["--num-samples", 20, "--judge-url", "http://127.0.0.1:9", "--judge", "ollama:llama3.2"],
        *["--save-to", tmp_path / "run"],
    )
    # The judge is down: everything before it, the adapter's labels included, was accepted.
    assert plan.code == 3, plan.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "missing.jsonl", "--from-scratch", "small"], "does not exist"),
        (["--label-column", "topic", "--from-scratch", "small"], "topic"),
        (["--validation-share", "0"], "--from-scratch small"),
    ],
)
def test_what_cannot_be_used_ends_in_one_sentence(
    example: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    data = [] if "--data" in arguments else ["--data", example / "articles.jsonl"]
    done = train(example, *arguments, *data, "--save-to", tmp_path / "model")
    assert done.returncode not in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert words in last
