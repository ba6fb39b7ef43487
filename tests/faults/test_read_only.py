"""Places that cannot be written: one sentence that names them, and exit code 74."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from disks import make_read_only
from ollama_server import OllamaServer
from running import assert_fails, evaluator
from small_run import judge_command

BOUND_BY_PERMISSIONS = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
if os.geteuid() == 0:
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture(scope="session")
def bound(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Starts a command to which permissions apply, though it be root's."""
    start = [sys.executable, "-c", BOUND_BY_PERMISSIONS]
    secret = tmp_path_factory.mktemp("probe") / "secret"
    secret.touch(mode=0)
    reading = [sys.executable, "-c", "import sys; open(sys.argv[1])", str(secret)]
    if not subprocess.run([*start, *reading], capture_output=True, check=False).returncode:
        pytest.skip("permissions do not apply to this user")
    return start


@pytest.mark.parametrize("command", ["judge", "matrix"])
def test_a_read_only_file_system_is_named(
    predictions: Path, server: OllamaServer, tmp_path: Path, disk: Path, command: str
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cars\ntrams\n", "utf-8")
    inputs = {"judge": ["--predictions", predictions], "matrix": ["--labels", labels]}
    judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
    arguments = [command, *inputs[command], *judge, "--save-to"]
    (disk / "there").mkdir()
    make_read_only(disk)
    missing = evaluator(*arguments, disk / "missing")
    assert_fails(missing, 74, f"{disk / 'missing'} cannot be made: Read-only", "--save-to")
    there = evaluator(*arguments, disk / "there")
    assert_fails(there, 74, f"{disk / 'there' / '.lock'} cannot be written: Read-only")
    assert server.requests == []


def test_a_folder_without_permission_is_named(
    predictions: Path, server: OllamaServer, tmp_path: Path, bound: list[str]
) -> None:
    save_to = tmp_path / "theirs"
    save_to.mkdir(mode=0o555)
    there = evaluator(*judge_command(predictions, server, save_to), through=bound)
    assert_fails(there, 74, f"{save_to / '.lock'} cannot be written: Permission denied")
    below = evaluator(*judge_command(predictions, server, save_to / "run"), through=bound)
    assert_fails(below, 74, f"{save_to / 'run'} cannot be made: Permission denied")


@pytest.mark.parametrize("name", ["run.json", ".journal/answers.jsonl"])
def test_a_file_of_the_run_that_may_not_be_read_is_named(
    predictions: Path,
    undisturbed: Path,
    server: OllamaServer,
    bound: list[str],
    name: str,
) -> None:
    save_to = predictions.with_name("run")
    shutil.copytree(undisturbed, save_to)
    (save_to / name).chmod(0)
    ended = evaluator(*judge_command(predictions, server, save_to), through=bound)
    assert_fails(ended, 74, f"{save_to / name} cannot be read: Permission denied")
    assert server.bodies("/api/chat") == []


@pytest.mark.parametrize("place", ["file", "file/run"])
def test_a_file_in_the_directorys_place_is_named(
    predictions: Path, server: OllamaServer, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("mine")
    ended = evaluator(*judge_command(predictions, server, tmp_path / place))
    assert_fails(ended, 74, f"{tmp_path / place} cannot be made", "name a directory", "--save-to")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_cache_of_the_embedded_judge_is_named(
    predictions: Path, tmp_path: Path, disk: Path
) -> None:
    make_read_only(disk)
    ended = evaluator(
        *["judge", "--predictions", predictions, "--save-to", tmp_path / "run"],
        env={"EVALUATOR_CACHE": str(disk)},
    )
    assert_fails(
        ended, 74, f"cannot be stored in {disk} (Read-only file system)", "EVALUATOR_CACHE"
    )
