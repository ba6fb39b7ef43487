"""Nothing leaves the machine but questions to the judge."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import environment, evaluator

GUARDS = str(Path(__file__).parent / "guards")
GUARDED = {"PYTHONPATH": GUARDS, "ONLY_HOST": "127.0.0.1"}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text("text,label\nthe engine,cars\nthe soup,cooking\nthe pill,medicine\n", "utf-8")
    return path


def test_the_guard_sees_a_socket_that_leaves() -> None:
    # 192.0.2.0/24 is reserved for documentation (RFC 5737); the guard ends the process first.
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(GUARDED), capture_output=True, check=False
    )
    assert done.returncode == 99
    assert b"192.0.2.1" in done.stderr


def test_the_guard_lets_loopback_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=5).close()"
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment(GUARDED), capture_output=True, check=False
        )
    assert done.returncode == 0, done.stderr


def test_a_run_with_the_embedded_judge_opens_no_socket_to_elsewhere(
    cases: Path, tiny_model: Path, tmp_path: Path, gguf: Path
) -> None:
    save_to = tmp_path / "run"
    ended = evaluator(
        "run", "--data", cases, "--model", tiny_model, "--save-to", save_to, env=GUARDED
    )
    assert ended.code == 0, ended.err
    assert (save_to / "summary.json").exists()


def test_a_run_with_ollama_talks_to_the_judge_alone_whatever_proxy_is_set(
    cases: Path, tiny_model: Path, tmp_path: Path
) -> None:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    proxies = {"http_proxy": "http://192.0.2.1:3128", "HTTP_PROXY": "http://192.0.2.1:3128"}
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        ended = evaluator(
            *["run", "--data", cases, "--model", tiny_model, "--save-to", tmp_path / "run"],
            *judge,
            env={**GUARDED, **proxies},
        )
        assert ended.code == 0, ended.err
        assert len(server.bodies("/api/chat")) == 6


def test_a_run_with_every_library_at_its_talkative_defaults_asks_nobody(
    cases: Path, tiny_model: Path, tmp_path: Path
) -> None:
    talkative = {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "0", "DO_NOT_TRACK": "0"}
    with OllamaServer(
        ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4}), models=[ServedModel("llama3.2")]
    ) as server:
        ended = evaluator(
            *["run", "--data", cases, "--model", tiny_model, "--save-to", tmp_path / "run"],
            *["--judge", "ollama:llama3.2", "--judge-url", server.url],
            env={**GUARDED, **talkative, "HF_HOME": str(tmp_path / "hub")},
        )
    assert ended.code == 0, ended.err
