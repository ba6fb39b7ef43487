"""Whole runs before several servers of one judge."""

import random
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import PATIENCE, evaluator, findings, start
from small_run import GatedJudge, wait_for_answers

LABELS = ("ships", "trains", "planes", "buses", "bicycles", "trams")
QUESTIONS = len(LABELS) * (len(LABELS) - 1)


def answer(text: str) -> dict[str, float]:
    """A judge whose answer depends on the question alone."""
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}


def server(**model: Any) -> OllamaServer:
    return OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2", **model)])


def asked(one: OllamaServer) -> int:
    return len(one.bodies("/api/chat"))


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    draw = random.Random(7)
    rows = [f"{n},{draw.choice(LABELS)},{draw.choice(LABELS)}" for n in range(60)]
    path = tmp_path / "predictions.csv"
    path.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")
    return path


def command(predictions: Path, save_to: Path, *servers: OllamaServer) -> list[object]:
    urls = [word for one in servers for word in ("--judge-url", one.url)]
    judge = ["--judge", "ollama:llama3.2", *urls, "--concurrency", 2]
    return ["judge", "--predictions", predictions, *judge, "--save-to", save_to]


def test_a_run_with_replicas_finds_what_a_run_with_one_server_finds(
    predictions: Path, tmp_path: Path
) -> None:
    with server() as one, server() as other:
        alone = evaluator(*command(predictions, tmp_path / "one", one))
        assert alone.code == 0, alone.err
        one.forget_requests()
        both = evaluator(*command(predictions, tmp_path / "both", one, other))
        assert both.code == 0, both.err
        assert asked(one) + asked(other) == QUESTIONS
        assert min(asked(one), asked(other)) >= 2  # at its beginning, when none has answered
        # The same run goes on with other servers: they are the same judge.
        again = evaluator(*command(predictions, tmp_path / "both", other))
        assert again.code == 0, again.err
    assert findings(tmp_path / "both") == findings(tmp_path / "one")


def test_a_server_that_dies_mid_run_loses_nothing(predictions: Path, tmp_path: Path) -> None:
    with GatedJudge(answers=3) as survivor:
        with GatedJudge(answers=3) as victim:
            words = [*command(predictions, tmp_path / "run", victim, survivor), "--retries", 0]
            process = start(*words)
            wait_for_answers(tmp_path / "run", 6, process)
        survivor.open_gate()
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert asked(victim) < QUESTIONS
        assert evaluator(*command(predictions, tmp_path / "alone", survivor)).code == 0
    assert err.count(f"Warning: the judge at {victim.url} is put aside: connection-refused") == 1
    assert findings(tmp_path / "run") == findings(tmp_path / "alone")
    assert findings(tmp_path / "run")["cases"]["unscored"] == 0


def test_replicas_can_be_named_in_the_environment_or_a_file(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(LABELS), "utf-8")
    with server() as one, server() as other:
        named = {"EVALUATOR_JUDGE_URL": f"{one.url} {other.url}"}
        words = ["matrix", "--labels", labels, "--judge", "ollama"]
        ended = evaluator(*words, "--save-to", tmp_path / "a", env=named)
        assert ended.code == 0, ended.err
        assert asked(one) > 0 < asked(other)
        for either in (one, other):
            either.forget_requests()
        config = tmp_path / "config.yaml"
        config.write_text(f"labels: {labels}\njudge: ollama\njudge_url: [{one.url}, {other.url}]\n")
        ended = evaluator("matrix", "--config-file", config, "--save-to", tmp_path / "b")
        assert ended.code == 0, ended.err
        assert asked(one) > 0 < asked(other)


def test_different_judges_exit_2_in_one_sentence(tmp_path: Path, predictions: Path) -> None:
    other_judge = server(digest="f" * 64)
    with server() as one, other_judge as other:
        ended = evaluator(*command(predictions, tmp_path / "run", one, other))
    assert ended.code == 2
    assert ended.err.startswith(f"Error: {one.url} and {other.url} do not serve the same judge: ")
    assert "digest (sha256:" in ended.err
    assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]
