"""Where this runs, and what that means for a judge."""

from pathlib import Path

import pytest

from evaluator.run.doctor.surroundings import Surroundings, judge_place, surroundings

LOOPBACK = "http://127.0.0.1:11434"
HOST = "http://host.docker.internal:11434"
VARIABLES = (
    "OLLAMA_FLASH_ATTENTION",
    "OLLAMA_CONTEXT_LENGTH",
    "OLLAMA_KEEP_ALIVE",
    "OLLAMA_NUM_PARALLEL",
    "OLLAMA_MAX_LOADED_MODELS",
    "OLLAMA_HOST",
)


def found(root: Path, system: str = "Linux", release: str = "6.8.0-31-generic") -> Surroundings:
    return surroundings(system, release, root, {})


def test_linux_is_nothing_unusual(tmp_path: Path) -> None:
    assert found(tmp_path) == Surroundings()
    assert judge_place(Surroundings(), LOOPBACK).text == "this machine, nothing unusual"


def test_macs_wsl_and_containers_are_told_apart(tmp_path: Path) -> None:
    assert found(tmp_path, "Darwin", "24.1.0") == Surroundings(is_mac=True)
    wsl = "5.15.153.1-microsoft-standard-WSL2"
    assert found(tmp_path, release=wsl) == Surroundings(is_wsl=True)
    (tmp_path / ".dockerenv").touch()
    assert found(tmp_path, release="6.10.14-linuxkit") == Surroundings(
        in_container=True, in_desktop_vm=True
    )


def test_pods_and_podman_are_containers(tmp_path: Path) -> None:
    in_pod = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    assert surroundings("Linux", "6.8", tmp_path, in_pod) == Surroundings(in_container=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".containerenv").touch()
    assert found(tmp_path) == Surroundings(in_container=True)


@pytest.mark.parametrize(
    ("here", "url", "state"),
    [
        (Surroundings(is_mac=True), LOOPBACK, "ok"),
        (Surroundings(is_wsl=True), LOOPBACK, "ok"),
        (Surroundings(in_container=True), HOST, "ok"),
        (Surroundings(in_container=True, in_desktop_vm=True), LOOPBACK, "warning"),
    ],
)
def test_where_a_container_has_no_gpu_ollama_should_run_natively(
    here: Surroundings, url: str, state: str
) -> None:
    place = judge_place(here, url)
    assert place.state == state
    assert place.advice is not None
    assert "run Ollama natively" in place.advice
    assert all(variable in place.advice for variable in VARIABLES)


def test_a_container_beside_a_judge_of_a_cluster_gets_no_such_advice() -> None:
    place = judge_place(Surroundings(in_container=True), "http://ollama:11434")
    assert (place.text, place.advice) == ("a container, nothing unusual", None)


def test_a_variable_that_ollama_does_not_read_is_named_with_the_one_it_reads(
    tmp_path: Path,
) -> None:
    here = surroundings("Linux", "6.8", tmp_path, {"OLLAMA_NUM_CTX": "4096"})
    place = judge_place(here, LOOPBACK)
    assert place.state == "warning"
    assert place.text == "OLLAMA_NUM_CTX is set, which Ollama does not read"
    assert place.advice is not None
    assert place.advice.startswith("set OLLAMA_CONTEXT_LENGTH where Ollama runs")
