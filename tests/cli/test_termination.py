"""What is left of a pod that is gone."""

import json
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import evaluator

PREDICTIONS = "id,predicted,gold\n1,cars,cars\n2,trams,cars\n3,soup,trams\n"


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.csv"
    path.write_text(PREDICTIONS, "utf-8")
    return path


def told(path: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(path.read_text("utf-8"))
    return content


def test_a_run_tells_its_result(predictions: Path, tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    log.touch()
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        ended = evaluator(
            *["judge", "--predictions", predictions, "--save-to", tmp_path / "run"],
            *["--judge", "ollama:llama3.2", "--judge-url", server.url, "--min-accuracy", "0.9"],
            env={"EVALUATOR_TERMINATION_LOG": str(log)},
        )
    assert ended.code == 1, ended.err
    assert told(log)["exit_code"] == 1
    assert str(told(log)["message"]).startswith("Accuracy is 33.3 % of 3 classified cases")


def test_a_failure_tells_its_sentence(predictions: Path, tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    ended = evaluator(
        *["judge", "--predictions", predictions, "--save-to", tmp_path / "run"],
        *["--judge", "ollama:llama3.2", "--judge-url", "http://127.0.0.1:9", "--retries", 0],
        env={"EVALUATOR_TERMINATION_LOG": str(log)},
    )
    assert ended.code == 3
    assert told(log)["exit_code"] == 3
    assert str(told(log)["message"]) in ended.err


def test_a_file_that_cannot_be_written_changes_nothing(predictions: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "log"
    ended = evaluator(
        *["judge", "--predictions", predictions, "--threshold", 2],
        env={"EVALUATOR_TERMINATION_LOG": str(nowhere)},
    )
    assert ended.code == 2
    assert "Traceback" not in ended.err
