"""`evaluator docker` where there is no engine to speak of."""

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import assert_fails, evaluator

GUARDS = str(Path(__file__).parent.parent / "guards")
SUBCOMMANDS = (["up"], ["run", "--model", "model"], ["status"], ["logs"], ["down"])

pytest.importorskip("docker.errors", reason="the docker package is not installed")


@pytest.fixture
def foreign_socket(tmp_path: Path) -> Iterator[Path]:
    """A socket that everybody may see, and nobody but root may use."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        path.chmod(0)
        yield path


@pytest.mark.parametrize("words", SUBCOMMANDS, ids=lambda words: words[0])
def test_without_an_engine_one_sentence_says_to_start_it(words: list[str], tmp_path: Path) -> None:
    ended = evaluator(
        "docker", *words, cwd=tmp_path, env={"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    )
    assert_fails(ended, 7, "no Docker engine answers (No such file or directory); start Docker")


def test_an_engine_that_refuses_connections_is_named(tmp_path: Path) -> None:
    ended = evaluator("docker", "status", env={"DOCKER_HOST": "tcp://127.0.0.1:1"})
    assert_fails(ended, 7, "no Docker engine answers", "Connection refused")


def test_an_address_that_is_none_is_named() -> None:
    ended = evaluator("docker", "status", env={"DOCKER_HOST": "gopher://hole"})
    assert_fails(ended, 7, "gopher://hole", "DOCKER_HOST")


def test_a_context_of_dockers_counts(tmp_path: Path) -> None:
    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"elsewhere").hexdigest()
    meta.mkdir(parents=True)
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "elsewhere"}), "utf-8")
    host = {"Host": "tcp://127.0.0.1:2", "SkipTLSVerify": False}
    context = {"Name": "elsewhere", "Metadata": {}, "Endpoints": {"docker": host}}
    (meta / "meta.json").write_text(json.dumps(context), "utf-8")
    ended = evaluator("docker", "status", env={"DOCKER_CONFIG": str(tmp_path), "DOCKER_HOST": ""})
    assert_fails(ended, 7, "Connection refused")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_engine_that_one_may_not_use_is_explained(foreign_socket: Path) -> None:
    foreign_socket.parent.chmod(0o755)
    ended = evaluator(
        *["docker", "status"],
        env={"DOCKER_HOST": f"unix://{foreign_socket}"},
        through=["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    )
    assert_fails(ended, 7, "group docker")


def test_without_its_package_the_command_says_what_to_install() -> None:
    guarded = {"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": "docker"}
    ended = evaluator("docker", "status", env=guarded)
    assert_fails(ended, 7, "pip install 'llm-judge-evaluator[docker]'")


def test_cpu_and_gpus_exclude_each_other() -> None:
    ended = evaluator("docker", "up", "--cpu", "--gpus", "all")
    assert ended.code == 2
    assert "exclude each other" in ended.err
