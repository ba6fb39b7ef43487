"""Whatever a user gets wrong ends in one helpful sentence and the documented exit code."""

import json
import shutil
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import assert_fails, evaluator

LINES = (
    '{"id": "a", "text": "the engine of the car", "label": "cars"}\n'
    '{"id": "b", "text": "salt the soup", "label": "cooking"}\n'
)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text(LINES, "utf-8")
    return path


def test_a_config_typo_names_the_nearest_key(tmp_path: Path, cases: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"data: {cases}\nmodel_pth: somewhere\n", "utf-8")
    assert_fails(evaluator("run", "--config-file", config), 2, "'model_pth'", "'model_path'")


def test_a_flag_out_of_range_is_named(tmp_path: Path, cases: Path) -> None:
    ended = evaluator("run", "--data", cases, "--model", tmp_path, "--threshold", "1.5")
    assert_fails(ended, 2, "--threshold", "1.5")


def test_an_unknown_flag_is_a_usage_error() -> None:
    ended = evaluator("run", "--modle", "x")
    assert ended.code == 2
    assert "--model" in ended.err


def test_headers_can_be_kept_only_where_there_are_some(tmp_path: Path, cases: Path) -> None:
    ended = evaluator("run", "--data", cases, "--model", tmp_path, "--keep-headers")
    assert_fails(ended, 2, "--keep-headers", "20newsgroups")


def test_an_unknown_preset_is_refused_with_those_there_are(tmp_path: Path) -> None:
    ended = evaluator("run", "--model", tmp_path, "--preset", "mine")
    assert ended.code == 2
    assert "'mine'" in ended.err and "knitfab-example" in ended.err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.jsonl", None, ("does not exist",)),
        ("empty.jsonl", b"", ("is empty",)),
        ("latin1.jsonl", '{"text": "caf\xe9", "label": "cooking"}'.encode("latin-1"), ("UTF-8",)),
        ("cut.jsonl", b'{"id": "a", "text": "x", "label": "cars"}\n{"id": "b", "te', ("line 2",)),
        ("column.csv", b"txt,label\nthe engine,cars\n", ("text", "--text-column")),
        ("twice.csv", b"id,text,label\na,x,cars\na,y,cars\n", ("'a' twice",)),
        ("gold.csv", b"id,text,label\na,the engine,\n", ("record 1", "gold label")),
        ("unknown.csv", b"id,text,label\na,the engine,boats\n", ("boats", "cars")),
        ("notes.txt", b"hello", (".csv",)),
    ],
)
def test_unusable_data_exits_5(
    tmp_path: Path, tiny_model: Path, name: str, content: bytes | None, words: tuple[str, ...]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ended = evaluator("run", "--data", path, "--model", tiny_model, "--save-to", tmp_path / "run")
    assert_fails(ended, 5, *words)


def test_a_missing_model_directory_exits_4(tmp_path: Path, cases: Path) -> None:
    ended = evaluator("run", "--data", cases, "--model", tmp_path / "nowhere")
    assert_fails(ended, 4, "nowhere", "does not exist")


def test_a_half_downloaded_checkpoint_exits_4(
    tmp_path: Path, cases: Path, tiny_model: Path
) -> None:
    broken = tmp_path / "model"
    shutil.copytree(tiny_model, broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5_000])
    ended = evaluator("run", "--data", cases, "--model", broken, "--save-to", tmp_path / "run")
    assert_fails(ended, 4, "download complete")


def test_a_wrong_number_of_labels_shows_both(tmp_path: Path, cases: Path, tiny_model: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cars\nboats\n", "utf-8")
    ended = evaluator("run", "--data", cases, "--model", tiny_model, "--labels", labels)
    assert_fails(ended, 4, "cars, boats", "cars, cooking, medicine")


def test_a_judge_that_is_down_exits_3_before_any_work(
    tmp_path: Path, cases: Path, tiny_model: Path
) -> None:
    save_to = tmp_path / "run"
    judge = "ollama:llama3.2@http://127.0.0.1:9"
    ended = evaluator(
        "run", "--data", cases, "--model", tiny_model, "--judge", judge, "--save-to", save_to
    )
    assert_fails(ended, 3, "http://127.0.0.1:9", "ollama serve")
    assert not (save_to / ".journal").exists()


def test_a_model_that_is_not_pulled_suggests_pull(
    tmp_path: Path, cases: Path, tiny_model: Path
) -> None:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("mistral")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        arguments = ["--data", cases, "--model", tiny_model, "--save-to", tmp_path / "run"]
        assert_fails(evaluator("run", *arguments, *judge), 3, "llama3.2", "--pull")


def test_an_unknown_judge_exits_2(tmp_path: Path, cases: Path, tiny_model: Path) -> None:
    ended = evaluator("run", "--data", cases, "--model", tiny_model, "--judge", "gpt-9")
    assert_fails(ended, 2, "gpt-9", "ollama:MODEL")


def test_a_save_directory_that_cannot_be_made_exits_74(
    tmp_path: Path, cases: Path, tiny_model: Path
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    save_to = tmp_path / "file" / "run"
    ended = evaluator("run", "--data", cases, "--model", tiny_model, "--save-to", save_to)
    assert_fails(ended, 74, "cannot be made")


def test_debug_shows_the_traceback(tmp_path: Path, cases: Path) -> None:
    ended = evaluator("run", "--data", cases, "--model", tmp_path / "nowhere", "--debug")
    assert ended.code == 4
    assert "Traceback" in ended.err


def test_gold_labels_that_are_free_text_ask_for_labels(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    row = {"predicted": "cars", "gold": "This article is clearly about cars. " * 9}
    path.write_text(json.dumps(row), "utf-8")
    ended = evaluator("judge", "--predictions", path, "--save-to", tmp_path / "run")
    assert_fails(ended, 5, "--labels")


def test_an_error_neither_steers_nor_floods_the_terminal(tmp_path: Path) -> None:
    predictions, labels = tmp_path / "p.jsonl", tmp_path / "labels.txt"
    hostile = "\x1b[2J\u202e" + "x" * 100_000
    predictions.write_text(json.dumps({"predicted": "a", "gold": hostile}) + "\n", "utf-8")
    labels.write_text("a\nb\n", "utf-8")
    ended = evaluator("judge", "--predictions", predictions, "--labels", labels)
    assert_fails(ended, 5, "the label set: a, b.")
    last = ended.err.strip().splitlines()[-1]
    assert len(last) < 3_000
    assert not {"\x1b", "\u202e"} & set(last)


def test_a_warning_forges_no_line_and_steers_no_terminal(tmp_path: Path) -> None:
    hostile = tmp_path / "set\n\x1b[2JError: forged\u202e.yaml"
    hostile.write_text("num_sample: 3\nthreshold: 7\n", "utf-8")
    ended = evaluator("run", "--model", tmp_path, "--config-file", hostile, "--debug")
    assert ended.code == 2
    assert "'num_sample' is read as" in ended.err
    assert not {"\x1b", "\u202e"} & set(ended.err)
    assert not [line for line in ended.err.splitlines() if line.startswith("Error: forged")]
