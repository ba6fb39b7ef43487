"""`evaluator docker run` on a real engine, with a real model on a real `ollama-net`."""

import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from containers import IMAGE, ROOT, shell, wait_until
from ollama_server import LlamaEngine, OllamaServer, ServedModel
from running import assert_fails, ended, evaluator, findings, journaled, start

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1_200)]

EXAMPLE = ROOT / "examples" / "news-classification"
PAIRS = 190
CASES = 160
SMALL_QUESTIONS = 6


@pytest.fixture
def judge(engine: Any) -> Any:
    """The judge's container."""
    done = evaluator("docker", "up", "--cpu")
    assert done.code == 0, done.err
    return engine.containers.get("ollama")


@pytest.fixture
def small(tiny_model: Path, tmp_path: Path) -> list[object]:
    """Three cases of three labels, whose three pairs are two questions each."""
    cases = tmp_path / "cases.csv"
    rows = ["1,the engine,cars", "2,the soup,cooking", "3,the cough,medicine"]
    cases.write_text("\n".join(["id,text,label", *rows]), "utf-8")
    return [
        *["--model", tiny_model, "--data", cases, "--calibration", "none"],
        *["--save-to", tmp_path / "run"],
    ]


def job(save_to: Path, *more: object) -> list[object]:
    """The example, whose 190 pairs of labels keep the judge busy for half a minute."""
    return [
        *["docker", "run", "--image", IMAGE, "--model", EXAMPLE / "model"],
        *["--data", EXAMPLE / "articles.jsonl", "--labels", EXAMPLE / "labels.yaml"],
        *["--save-to", save_to, "--calibration", "none", *more],
    ]


def questions(run: Path) -> int:
    return len(journaled(run, "answers"))


def containers(client: Any) -> list[Any]:
    """The jobs, running or not."""
    return list(client.containers.list(all=True, filters={"label": "llm-judge-evaluator=job"}))


def test_a_run_in_a_container_is_that_of_this_machine_and_its_files_are_its_users(
    judge: Any, engine: Any, small: list[object], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start("docker", "run", "--image", IMAGE, *small, "--format", "json")
    wait_until(lambda: containers(engine) or process.poll() is not None)
    config = containers(engine)[0].attrs
    done = ended(process)
    assert done.code == 0, done.err
    assert json.loads(done.out) == json.loads((run / "summary.json").read_text("utf-8"))
    assert "classifying: 3 of 3 cases" in done.err
    owner = (run / "summary.json").stat()
    assert (owner.st_uid, owner.st_gid) == (os.getuid(), os.getgid())
    assert config["Config"]["User"] == f"{os.getuid()}:{os.getgid()}"
    host = config["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert containers(engine) == []
    # What was found in the container, this machine continues: the paths are the same.
    again = evaluator("run", *small, "--judge", "ollama:llama3.2")
    assert again.code == 0, again.err
    usage = json.loads((run / "summary.json").read_text("utf-8"))["usage"]
    assert (usage["calls"], usage["questions"]) == (0, SMALL_QUESTIONS)


def test_neither_a_killed_judge_nor_a_stopped_run_loses_anything(
    judge: Any, engine: Any, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    first = start(*job(run))
    wait_until(lambda: questions(run) > 20)
    judge.kill()
    judge.start()
    before = questions(run)
    wait_until(lambda: questions(run) > before + 20 or first.poll() is not None)
    assert first.poll() is None, first.communicate()
    shell(f"docker stop --time 30 {containers(engine)[0].id}")
    stopped = ended(first)
    assert stopped.code == 143, stopped.err
    assert "Terminated; everything done so far is kept" in stopped.err
    kept = journaled(run, "answers")
    assert 40 < len(kept) < 2 * PAIRS
    assert containers(engine) == []
    resumed = evaluator(*job(run))
    assert resumed.code == 0, resumed.err
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    assert summary["cases"]["judged"] == CASES
    assert summary["usage"]["cached"] == len(kept)
    assert summary["usage"]["calls"] == 2 * PAIRS - len(kept)
    assert journaled(run, "answers")[: len(kept)] == kept


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_container_and_the_command_to_go_on_is_printed(
    judge: Any, engine: Any, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    run = tmp_path / "run"
    process = start(*job(run))
    wait_until(lambda: questions(run) > 5)
    process.send_signal(number)
    done = ended(process)
    assert done.code == code, done.err
    assert containers(engine) == []
    assert "Resume with: evaluator docker run" in done.err
    assert questions(run) > 5


def test_a_failed_gate_and_a_missing_model_keep_their_exit_codes(
    judge: Any, small: list[object], tiny_model: Path, tmp_path: Path
) -> None:
    command = ["docker", "run", "--image", IMAGE]
    done = evaluator(*command, *small, "--fail-under", "1.0")
    assert done.code == 1, done.err
    gone = tmp_path / "gone"
    missing = [gone if word == tiny_model else word for word in small]
    assert_fails(evaluator(*command, *missing), 4, str(gone))


def test_without_a_judge_a_run_is_refused_before_it_starts(engine: Any, tmp_path: Path) -> None:
    assert_fails(evaluator(*job(tmp_path / "run")), 7, "evaluator docker up", "--judge-url")


def test_an_image_that_is_not_there_is_named(judge: Any, tmp_path: Path) -> None:
    words = [word if word != IMAGE else "evaluator:absent" for word in job(tmp_path / "run")]
    assert_fails(evaluator(*words), 7, "evaluator:absent", "make image", "--image")


@pytest.mark.usefixtures("engine")
def test_a_judge_on_this_machine_is_asked_from_a_container(
    gguf: Path, small: list[object], tmp_path: Path
) -> None:
    engine = LlamaEngine(gguf)
    native = OllamaServer(engine, [ServedModel("llama3.2", base=True)], host="0.0.0.0")
    with native as server:
        url = f"http://host.docker.internal:{urlsplit(server.url).port}"
        done = evaluator("docker", "run", "--image", IMAGE, *small, "--judge-url", url)
    engine.close()
    assert done.code == 0, done.err
    assert findings(tmp_path / "run")["judge"]["model"] == "llama3.2:latest"
