"""What goes to standard output and standard error, whatever these are."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import COMMAND, PATIENCE, Ended, environment, evaluator, findings
from small_run import judge_command, judge_server, write_predictions


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """A command that prints a stored matrix without asking anything."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "labels.txt").write_text("cars\nスポーツ\nmedicine\n", "utf-8")
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    arguments = ["matrix", "--labels", folder / "labels.txt"]
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        assert evaluator(*arguments, *judge, "--save-to", folder / "first").code == 0
    stored = folder / "first" / "matrix.json"
    return [*arguments, "--matrix", stored, "--save-to", folder / "again"]


def test_a_terminal_without_utf_8_still_gets_the_result(matrix: list[object]) -> None:
    ended = evaluator(*matrix, env={"PYTHONIOENCODING": "ascii"})
    assert ended.code == 0, ended.err
    assert "medicine" in ended.out


def test_a_reader_that_has_seen_enough_is_no_failure(matrix: list[object]) -> None:
    with subprocess.Popen(
        [*COMMAND, *map(str, matrix), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait() == 0, said
    assert "Error" not in said
    assert "Exception" not in said


def test_a_full_disk_under_standard_output_exits_74(matrix: list[object]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *map(str, matrix)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )
    assert done.returncode == 74, done.stderr
    assert "No space left" in done.stderr


@pytest.mark.parametrize(
    "redirected",
    [
        "2>&1 | head -1",
        "--log-format json 2> >(head -1)",
        "2>/dev/null | true",
        "2>/dev/full",
        "2>&-",
        ">&-",
        "<&- >&- 2>&-",
    ],
)
def test_whatever_becomes_of_its_streams_a_run_ends_with_the_code_of_its_gate(
    tmp_path: Path, redirected: str
) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    with judge_server(seconds=0.0) as server:
        command = judge_command(predictions, server, tmp_path / "run")
        words = shlex.join(map(str, [*COMMAND, *command, "--fail-under", "0.99"]))
        done = subprocess.run(
            ["bash", "-c", f"{words} {redirected}; exit ${{PIPESTATUS[0]}}"],
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
    assert done.returncode == 1, done.stderr
    assert not findings(tmp_path / "run")["gate"]["passed"]


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-", "2> >(true)"])
def test_an_error_that_cannot_be_said_keeps_its_code(redirected: str) -> None:
    words = shlex.join([*COMMAND, "matrix", "--labels", "nowhere.txt"])
    done = subprocess.run(
        ["bash", "-c", f"{words} {redirected}"], env=environment(), check=False, timeout=PATIENCE
    )
    assert done.returncode == 5


def test_errors_are_json_lines_where_the_log_is() -> None:
    ended = evaluator("matrix", "--labels", "nowhere.txt", "--log-format", "json")
    event = json.loads(ended.err.splitlines()[-1])
    assert (event["event"], event["exit_code"], ended.code) == ("error", 5, 5)
    assert "nowhere.txt" in event["message"]


def test_a_matrix_with_too_many_unanswered_pairs_exits_6_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cars\ncooking\n", "utf-8")
    engine = ScriptedEngine(lambda _: {"Maybe": 0.9})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        labels = ["--labels", tmp_path / "labels.txt"]
        ended = evaluator("matrix", *labels, *judge, "--save-to", tmp_path / "run")
    assert ended.code == 6
    assert "100.0% of the pairs are unanswered: no-answer-word" in ended.err


def test_predicted_labels_that_no_case_has_are_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("predicted,gold\ncars,cars\nN/A,cooking\ncooking,cooking\n", "utf-8")
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        ended = evaluator("judge", "--predictions", path, *judge, "--save-to", tmp_path / "run")
    assert ended.code == 0, ended.err
    assert "Warning: no case has these predictions as its gold label" in ended.err
    assert "N/A" in ended.err


@pytest.fixture
def hub_folder(tmp_path: Path) -> Path:
    """A dataset in the hub's layout."""
    folder = tmp_path / "dataset"
    folder.mkdir()
    for split in ("train", "test"):
        lines = '{"text": "the engine", "label": "cars"}\n{"text": "", "label": "cooking"}\n'
        (folder / f"{split}.jsonl").write_text(lines, "utf-8")
    return folder


def run_on_the_hub(folder: Path, model: Path, *more: str) -> Ended:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        arguments = ["--dataset", f"hf:{folder}", "--model", model, *judge, *more]
        return evaluator(
            *["run", *arguments, "--save-to", folder.parent / "run", "--max-unscored", "1"],
            env={"HF_DATASETS_CACHE": str(folder.parent / "cache"), "HF_HUB_OFFLINE": "1"},
        )


def test_a_dataset_of_the_hub_is_loaded_without_bars_where_there_is_no_terminal(
    hub_folder: Path, tiny_model: Path
) -> None:
    ended = run_on_the_hub(hub_folder, tiny_model, "--format", "json", "--log-format", "json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["cases"]["by_reason"] == {"empty-text": 1}
    assert {json.loads(line)["event"] for line in ended.err.splitlines()} == {"progress"}


def test_a_broken_dataset_of_the_hub_is_one_sentence(hub_folder: Path, tiny_model: Path) -> None:
    (hub_folder / "test.jsonl").write_text('{"text": "the', "utf-8")
    ended = run_on_the_hub(hub_folder, tiny_model)
    assert ended.code == 5
    (line,) = ended.err.splitlines()
    assert line.startswith(f"Error: hf:{hub_folder} cannot be loaded: JSON parse error: ")
