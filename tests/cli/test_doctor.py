"""`evaluator doctor` as a user and as a Job calls it."""

import json
import signal
import time
from pathlib import Path

from diagnoses import deaf_port, judge_server, mute_port
from running import PATIENCE, evaluator, start


def test_a_good_judge_ends_with_0_and_a_line_for_each_step() -> None:
    with judge_server() as server:
        ended = evaluator("doctor", "--judge", "ollama:llama3.2", "--judge-url", server.url)
    assert ended.code == 0, ended.err
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[0].split()[:2] == ["ok", "configuration"]
    assert f"ollama:llama3.2@{server.url}" in lines
    assert any(line.startswith("ok           verdict") for line in lines)


def test_json_has_every_step_its_state_and_the_exit_code() -> None:
    with deaf_port() as url:
        ended = evaluator(
            "doctor", "--judge", "ollama:llama3.2", "--judge-url", url, "--format", "json"
        )
    assert ended.code == 3
    document = json.loads(ended.out)
    assert (document["schema_version"], document["state"]) == (1, "failed")
    assert document["exit_code"] == 3
    failed = [one for one in document["steps"] if one["state"] == "failed"]
    assert [one["step"] for one in failed] == ["port"]
    assert failed[0]["subject"] == f"ollama:llama3.2@{url}"
    assert failed[0]["advice"]
    assert document["steps"][-1]["state"] == "not reached"


def test_an_unknown_key_of_the_file_is_the_sentence_of_a_run(tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("judge_modle: llama3.2\n", "utf-8")
    ended = evaluator("doctor", "--config-file", config, env={"COLUMNS": "400"})
    assert ended.code == 2
    told = [line.strip() for line in ended.out.splitlines()]
    assert told == [
        f"failed       configuration    {config} has the unknown key 'judge_modle'",
        "→ did you mean 'judge_model'.",
    ]


def test_settings_come_from_the_file_and_from_variables_as_for_a_run(tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    with judge_server() as server:
        config.write_text("judge: ollama:llama3.2\nconcurrency: 2\nthreshold: 0.5\n", "utf-8")
        ended = evaluator(
            "doctor", "--config-file", config, env={"EVALUATOR_JUDGE_URL": server.url}
        )
    assert ended.code == 0, ended.out
    assert "2 questions at once took" in ended.out


def test_it_ends_in_time_and_with_the_code_of_the_step_it_hung_at() -> None:
    started = time.monotonic()
    with mute_port() as url:
        ended = evaluator("doctor", "--judge", "ollama:x", "--judge-url", url, "--max-seconds", "8")
    assert time.monotonic() - started < 120
    assert ended.code == 3
    assert "give them more time with --max-seconds" in ended.out


def test_a_hostile_server_cannot_steer_the_terminal() -> None:
    from ollama_server import ServedModel

    with judge_server(models=[ServedModel("\x1b[31mred")]) as server:
        ended = evaluator("doctor", "--judge", "ollama:llama3.2", "--judge-url", server.url)
    assert ended.code == 3
    assert "\x1b" not in ended.out


def test_interrupted_at_a_step_it_ends_at_once() -> None:
    with mute_port() as url:
        process = start("doctor", "--judge", "ollama:x", "--judge-url", url)
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(line.split()[:2] == ["ok", "port"] for line in lines)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143, err
    assert "Traceback" not in err
    assert err.strip().startswith("Terminated")
