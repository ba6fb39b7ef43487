"""The shell scripts in the manifests, run by `sh` as a kubelet would."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from k8s.manifests import (
    ROOT,
    STANDALONE,
    containers,
    of_kind,
    overlaid,
    pod_of,
    workloads,
)
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import PATIENCE

PROGRAM = Path(__file__).parent / "ollama_program.py"
LLAMA = ServedModel("llama3.2")
ENGINE = ScriptedEngine(lambda _: {"Yes": 0.5, "No": 0.5})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with the program `ollama`, and a `sleep` that is in no hurry but quick."""
    for name, text in {
        "ollama": f'exec "{sys.executable}" "{PROGRAM}" "$@"',
        "sleep": f"exec {shutil.which('sleep')} 0.1",
    }.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        program.chmod(0o755)
    return tmp_path


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody listens on and nobody else gets, on which a server may begin to listen."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


def started(script: str, home: Path, port: int, **variables: str) -> "subprocess.Popen[str]":
    """Start a script with what the container gives it, its files under a home of its own."""
    written = script.replace("/tmp/", f"{home}/").replace(":11434", f":{port}")
    environment: Mapping[str, str] = {
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(PROGRAM.parent.parent.parent),
        "HOME": str(home),
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        **variables,
    }
    return subprocess.Popen(
        ["/bin/sh", "-c", written],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def hook() -> str:
    (work,) = workloads(STANDALONE)
    (server,) = pod_of(work)["containers"]
    script: str = server["lifecycle"]["postStart"]["exec"]["command"][-1]
    return script


def filler() -> str:
    found = [
        one for work in workloads("knitfab") for one in containers(pod_of(work))
        if one["name"] == "model"
    ]  # fmt: skip
    script: str = found[0]["command"][-1]
    return script


def test_the_hook_waits_for_a_server_that_comes_up_late_and_pulls(home: Path, port: int) -> None:
    process = started(hook(), home, port)
    time.sleep(0.5)
    assert process.poll() is None
    with OllamaServer(ENGINE, registry=[LLAMA], port=port) as server:
        out, err = process.communicate(timeout=PATIENCE)
        paths = [one.path for one in server.requests]
    assert (process.returncode, out, err) == (0, "", "")
    assert paths.count("/api/pull") == 1
    assert paths[0] == "/api/tags"


def test_the_hook_pulls_nothing_that_is_there(home: Path) -> None:
    with OllamaServer(ENGINE, models=[LLAMA], registry=None) as server:
        process = started(hook(), home, int(server.url.rpartition(":")[2]))
        _, err = process.communicate(timeout=PATIENCE)
        paths = [one.path for one in server.requests]
    assert (process.returncode, err) == (0, "")
    assert "/api/pull" not in paths


def test_the_hook_says_why_a_pull_fails_after_three_tries(home: Path) -> None:
    with OllamaServer(ENGINE, registry=None) as server:
        process = started(hook(), home, int(server.url.rpartition(":")[2]))
        _, err = process.communicate(timeout=PATIENCE)
        paths = [one.path for one in server.requests]
    assert process.returncode == 1
    assert paths.count("/api/pull") == 3
    assert err.startswith("llama3.2 cannot be pulled: ")
    assert "no such host" in err


def test_the_hook_gives_up_on_a_server_that_never_answers(home: Path, port: int) -> None:
    (home / "bin" / "ollama").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (home / "bin" / "sleep").write_text("#!/bin/sh\n", "utf-8")
    process = started(hook(), home, port)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "Ollama does not answer after 120 tries.\n")


def test_a_volume_is_filled_once_and_asked_for_nothing_again(home: Path, port: int) -> None:
    (home / "registry").write_text("llama3.2", "utf-8")
    first = started(filler(), home, port, JUDGE_MODEL="llama3.2", PULL="yes")
    _, err = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, err
    assert "success" in err
    (home / "registry").unlink()
    second = started(filler(), home, port, JUDGE_MODEL="llama3.2", PULL="yes")
    out, err = second.communicate(timeout=PATIENCE)
    assert (second.returncode, out) == (0, "llama3.2 is on the volume.\n"), err


def test_a_volume_that_cannot_be_filled_fails_the_pod(home: Path, port: int) -> None:
    process = started(filler(), home, port, JUDGE_MODEL="llama3.2", PULL="yes")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "no such host" in err


def test_without_a_network_a_missing_model_is_said_and_nothing_pulled(
    home: Path, port: int
) -> None:
    (home / "registry").write_text("llama3.2", "utf-8")
    process = started(filler(), home, port, JUDGE_MODEL="llama3.2", PULL="no")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err == "llama3.2 is not on the volume, and nothing is pulled here.\n"


def test_a_server_that_does_not_start_is_said(home: Path, port: int) -> None:
    broken = '#!/bin/sh\n[ "$1" = serve ] && echo "no space left" && exit 1\nexit 1\n'
    (home / "bin" / "ollama").write_text(broken, "utf-8")
    process = started(filler(), home, port, JUDGE_MODEL="llama3.2", PULL="yes")
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "Ollama does not start: no space left\n")


START = 'evaluator "$@" &\n'


def streaming_job(
    tmp_path: Path, home: Path, evaluator: str, *, start: str = START
) -> "subprocess.Popen[str]":
    """Start the job that writes its results to its log, with a program in place of `evaluator`.

    `start` is put in place of the line that starts it.
    """
    (job,) = of_kind(overlaid(tmp_path / "made", "components: [../../components/ephemeral]"), "Job")
    container = pod_of(job)["containers"][0]
    shell, flag, script, name = container["command"]
    program = home / "bin" / "evaluator"
    program.write_text(f"#!/bin/sh\n{evaluator}\n", "utf-8")
    program.chmod(0o755)
    (home / "out").mkdir()
    assert script.count(START) == 1
    written = script.replace(START, start).replace("/out", str(home / "out"))
    return subprocess.Popen(
        [shell, flag, written, name, *container["args"]],
        env={"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "OUT": str(home / "out")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


RESULTS = """mkdir -p "$OUT/evaluation/.journal"
echo "$@" > "$OUT/evaluation/arguments"
echo '{}' > "$OUT/evaluation/summary.json"
echo much > "$OUT/evaluation/.journal/answers.jsonl"
echo '{"event": "stage"}'"""


def unpacked(log: str, folder: Path) -> list[str]:
    """Unpack results from a log by the command that the component names."""
    text = (ROOT / "components" / "ephemeral" / "kustomization.yaml").read_text("utf-8")
    (command,) = re.findall(r"kubectl logs job/evaluator \| (.*)", text)
    folder.mkdir()
    subprocess.run(["/bin/sh", "-c", command], input=log, text=True, cwd=folder, check=True)
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_results_without_a_volume_come_by_the_log(tmp_path: Path, home: Path) -> None:
    process = streaming_job(tmp_path, home, f"{RESULTS}\nexit 1")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")
    assert out.startswith('{"event": "stage"}\n-----BEGIN RESULTS-----\n')
    files = unpacked(out, tmp_path / "unpacked")
    assert files == ["evaluation/arguments", "evaluation/summary.json"]
    arguments = (tmp_path / "unpacked" / "evaluation" / "arguments").read_text("utf-8")
    assert arguments == "run --config-file /etc/evaluator/run.yaml --log-format json\n"


def test_a_terminated_job_passes_the_signal_on_and_keeps_its_code(
    tmp_path: Path, home: Path
) -> None:
    process = streaming_job(
        tmp_path, home, "trap 'exit 143' TERM\necho up\nwhile :; do sleep 1; done"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (143, "")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(f"kill -TERM $$\n{START}", "", id="before the evaluator"),
        pytest.param(f"{START}kill -TERM $$\n", "up\n", id="right after it"),
    ],
)
def test_a_job_that_is_terminated_at_its_very_start_ends(
    tmp_path: Path, home: Path, start: str, expected: str
) -> None:
    """The evaluator may say that it is up, or be gone before; it is never left running."""
    process = streaming_job(tmp_path, home, "echo up\nsleep 1\nexit 3", start=start)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    assert out in {"", expected}


def test_a_job_that_ends_while_it_is_terminated_keeps_its_code(tmp_path: Path, home: Path) -> None:
    (home / "bin" / "cat").write_text(
        f'#!/bin/sh\n{shutil.which("sleep")} 0.5\nexec {shutil.which("cat")} "$@"\n', "utf-8"
    )
    (home / "bin" / "cat").chmod(0o755)
    process = streaming_job(tmp_path, home, "echo up\nsleep 1\nexit 5")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
