"""Killed, interrupted or deserted by its judge, a run loses nothing and continues where it was."""

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fated import start_fated
from ollama_server import OllamaServer, Reset, ServedModel, Status
from running import ended, evaluator, findings, journaled, start
from small_run import (
    ANSWERS_BEFORE_THE_GATE,
    CASES,
    QUESTIONS,
    GatedJudge,
    asked,
    judge_command,
    judge_server,
    wait_for_answers,
    wait_until,
    write_predictions,
)
from system_calls import Fate


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with judge_server(seconds=0.0) as running:
        yield running


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    return write_predictions(tmp_path / "predictions.csv")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_keeps_its_state_and_says_how_to_resume(
    predictions: Path, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with GatedJudge() as judge:
        command = judge_command(predictions, judge, tmp_path / "run")
        process = start(*command)
        wait_for_answers(tmp_path / "run", ANSWERS_BEFORE_THE_GATE, process)
        process.send_signal(sent)
        stopped = ended(process)
        assert stopped.code == code, stopped.err
        assert "Traceback" not in stopped.err
        assert ("Interrupted" if sent == signal.SIGINT else "Terminated") in stopped.err
        assert f"Resume with: evaluator {' '.join(map(str, command))}" in stopped.err
        assert len(journaled(tmp_path / "run", "answers")) == ANSWERS_BEFORE_THE_GATE
        judge.open_gate()
        resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert len(journaled(tmp_path / "run", "answers")) == QUESTIONS


def test_terminated_while_it_classifies_and_judges_a_run_keeps_both_journals(
    tiny_model: Path, tmp_path: Path
) -> None:
    data, save_to, go_on = tmp_path / "cases.csv", tmp_path / "run", tmp_path / "go on"
    rows = (f"the engine {n},cars\n" for n in range(30_000))
    data.write_text("text,label\n" + "".join(rows), "utf-8")
    held = Fate(str(save_to), 50, "held", after=str(go_on), name="classifications.jsonl")
    with GatedJudge(answers=1) as judge:
        asking = ["--judge", "ollama:llama3.2", "--judge-url", judge.url, "--concurrency", 1]
        process = start_fated(
            held, "run", "--data", data, "--model", tiny_model, *asking, "--save-to", save_to
        )
        wait_until(
            lambda: journaled(save_to, "answers") and journaled(save_to, "classifications"), process
        )
        process.send_signal(signal.SIGTERM)
        go_on.touch()
        terminated = ended(process)
    assert terminated.code == 143, terminated.err
    assert "Traceback" not in terminated.err
    assert len(journaled(save_to, "answers")) == 1
    assert 1 <= len(journaled(save_to, "classifications")) < 30_000


NEVER_IMPORTED = """
from pathlib import Path
from time import sleep
Path(__file__).with_name("begun").touch()
sleep(600)
"""


def test_terminated_while_a_model_is_loaded_without_end_a_run_ends(
    tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "cases.csv").write_text("text,label\nthe engine,cars\nthe soup,cooking\n", "utf-8")
    (tmp_path / "torch.py").write_text(NEVER_IMPORTED, "utf-8")
    with GatedJudge(answers=0) as judge:
        asking = ["--judge", "ollama:llama3.2", "--judge-url", judge.url]
        run = ["run", "--data", tmp_path / "cases.csv", "--model", tiny_model, *asking]
        path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
        process = start(*run, "--save-to", tmp_path / "run", env={"PYTHONPATH": path})
        wait_until((tmp_path / "begun").exists, process)
        process.send_signal(signal.SIGTERM)
        terminated = ended(process)
    assert terminated.code == 143, terminated.err
    assert terminated.err.splitlines()[-1].startswith("Terminated; everything done so far is kept")


def test_killed_again_and_again_it_ends_with_the_same_summary(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    assert evaluator(*judge_command(predictions, server, tmp_path / "undisturbed")).code == 0
    server.forget_requests()
    draw = random.Random(11)
    disturbed = tmp_path / "disturbed"
    kept = kills = 0
    questions: Counter[str] = Counter()
    while kept < QUESTIONS - 6:
        answers = draw.randint(1, 6)
        with GatedJudge(answers) as judge:
            process = start(*judge_command(predictions, judge, disturbed))
            wait_for_answers(disturbed, kept + answers, process)
            process.kill()
            process.communicate()
            questions += asked(judge)
        kills += 1
        kept += answers
        assert len(journaled(disturbed, "answers")) == kept
    assert evaluator(*judge_command(predictions, server, disturbed)).code == 0
    assert findings(disturbed) == findings(tmp_path / "undisturbed")
    questions += asked(server)
    # Only what was in flight at a kill, at most the two concurrent questions, is asked again.
    assert kills >= 4
    assert len(questions) == QUESTIONS
    assert questions.total() - QUESTIONS <= 2 * kills


def test_a_judge_that_dies_mid_run_exits_3_and_the_rest_is_asked_later(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    command = [*judge_command(predictions, server, tmp_path / "run"), "--retries", 0]
    server.faults.add(Reset(after=6, times=50))
    done = evaluator(*command)
    assert done.code == 3
    assert "in a row" in done.err
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
    done = evaluator(*command)
    assert done.code == 0, done.err
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
    done = evaluator(*judge_command(predictions, server, tmp_path / "run"))
    assert done.code == 6
    assert "unscored" in done.out
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
    done = evaluator(*command)
    assert done.code == 2
    assert "the judge changed" in done.err
    assert "digest" in done.err
    assert evaluator(*command, "--fresh").code == 0
