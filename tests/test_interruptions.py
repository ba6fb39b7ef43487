"""Killed, interrupted or deserted by its judge, a run loses nothing and continues where it was."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ollama_server import OllamaServer, Reset, ServedModel, Status
from running import evaluator, findings, journaled, start
from small_run import (
    CASES,
    QUESTIONS,
    asked,
    judge_command,
    judge_server,
    wait_for_answers,
    write_predictions,
)


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with judge_server(seconds=0.05) as running:
        yield running


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    return write_predictions(tmp_path / "predictions.csv")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_keeps_its_state_and_says_how_to_resume(
    predictions: Path,
    server: OllamaServer,
    tmp_path: Path,
    sent: signal.Signals,
    code: int,
) -> None:
    command = judge_command(predictions, server, tmp_path / "run")
    process = start(*command)
    wait_for_answers(tmp_path / "run", 4, process)
    process.send_signal(sent)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert ("Interrupted" if sent == signal.SIGINT else "Terminated") in err
    assert f"Resume with: evaluator {' '.join(map(str, command))}" in err
    assert 4 <= len(journaled(tmp_path / "run", "answers")) < QUESTIONS
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert len(journaled(tmp_path / "run", "answers")) == QUESTIONS


def test_terminated_while_it_classifies_and_judges_a_run_keeps_both_journals(
    tiny_model: Path, tmp_path: Path
) -> None:
    data, save_to = tmp_path / "cases.csv", tmp_path / "run"
    rows = (f"the engine {n},cars\n" for n in range(30_000))
    data.write_text("text,label\n" + "".join(rows), "utf-8")
    with judge_server(seconds=5) as slow:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", slow.url, "--concurrency", 1]
        process = start(
            *("run", "--data", data, "--model", tiny_model, *judge, "--save-to", save_to)
        )
        deadline = time.monotonic() + 100
        while not (journaled(save_to, "answers") and journaled(save_to, "classifications")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 143, err
    assert "Traceback" not in err
    assert 1 <= len(journaled(save_to, "answers")) < 6
    assert len(journaled(save_to, "classifications")) < 30_000


def test_killed_at_random_instants_it_ends_with_the_same_summary(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    undisturbed = judge_command(predictions, server, tmp_path / "undisturbed")
    assert evaluator(*undisturbed).code == 0
    server.forget_requests()
    draw = random.Random(11)
    disturbed = judge_command(predictions, server, tmp_path / "disturbed")
    kept = kills = 0
    while kept < QUESTIONS - 6:
        process = start(*disturbed)
        wait_for_answers(tmp_path / "disturbed", kept + draw.randint(1, 6), process)
        process.kill()
        process.communicate()
        kills += 1
        kept = len(journaled(tmp_path / "disturbed", "answers"))
    assert evaluator(*disturbed).code == 0
    assert findings(tmp_path / "disturbed") == findings(tmp_path / "undisturbed")
    # Only what was in flight at a kill, at most the two concurrent questions, is asked again.
    assert kills >= 4
    assert asked(server).total() - len(asked(server)) <= 2 * kills


def test_a_judge_that_dies_mid_run_exits_3_and_the_rest_is_asked_later(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    command = [*judge_command(predictions, server, tmp_path / "run"), "--retries", 0]
    server.faults.add(Reset(after=6, times=50))
    ended = evaluator(*command)
    assert ended.code == 3
    assert "in a row" in ended.err
    heard = len(journaled(tmp_path / "run", "answers"))
    assert heard >= 6
    server.faults.clear()
    server.forget_requests()
    assert evaluator(*command).code == 0
    assert len(server.bodies("/api/chat")) == QUESTIONS - heard


def test_an_unanswerable_question_leaves_its_cases_unscored(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    server.faults.add(Status(code=400, after=0, times=1))
    command = [*judge_command(predictions, server, tmp_path / "run"), "--max-unscored", "1"]
    ended = evaluator(*command)
    assert ended.code == 0, ended.err
    cases = findings(tmp_path / "run")["cases"]
    assert cases["unscored"] > 0
    assert cases["by_reason"] == {"http-400": cases["unscored"]}
    assert cases["judged"] + cases["unscored"] == cases["total"] == CASES
    server.forget_requests()
    assert evaluator(*command).code == 0
    assert len(server.bodies("/api/chat")) == 1
    assert findings(tmp_path / "run")["cases"]["unscored"] == 0


def test_too_many_unscored_cases_exit_6_with_the_report_written(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    server.faults.add(Status(code=400, after=0, times=6))
    ended = evaluator(*judge_command(predictions, server, tmp_path / "run"))
    assert ended.code == 6
    assert "unscored" in ended.out
    assert not findings(tmp_path / "run")["gate"]["passed"]


def test_a_rerun_asks_nothing_and_a_changed_judge_is_refused(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    command = judge_command(predictions, server, tmp_path / "run")
    assert evaluator(*command).code == 0
    server.forget_requests()
    assert evaluator(*command).code == 0
    assert server.bodies("/api/chat") == []
    server.catalogue.remove("llama3.2")
    server.catalogue.add(ServedModel("llama3.2", digest="f" * 64))
    ended = evaluator(*command)
    assert ended.code == 2
    assert "the judge changed" in ended.err
    assert "digest" in ended.err
    assert evaluator(*command, "--fresh").code == 0
