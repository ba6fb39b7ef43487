"""`evaluator docker up`, `status`, `logs` and `down` on a real engine."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from containers import OLLAMA, shell
from running import Ended, assert_fails, evaluator

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1_200)]

BY_HAND = f"docker run -d --network ollama-net -p 11434:11434 --name ollama {OLLAMA}"


@pytest.fixture(autouse=True)
def cleaned(engine: Any) -> Any:
    """Every test begins with an engine that holds nothing of the others."""
    return engine


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port of this machine at which something else listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def up(*options: object) -> Ended:
    return evaluator("docker", "up", *options)


def status() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(evaluator("docker", "status", "--format", "json").out)
    return found


def started_at(client: Any) -> str:
    state: dict[str, str] = client.containers.get("ollama").attrs["State"]
    return state["StartedAt"]


def test_up_starts_pulls_and_says_where_and_again_does_nothing(client: Any) -> None:
    first = up()
    assert first.code == 0, first.err
    assert "at http://127.0.0.1:11434, and at http://ollama:11434 on the network" in first.out
    assert "judging on the CPU" in first.err  # this engine has no GPU to give
    assert "pulling: " in first.err
    container, started = client.containers.get("ollama").id, started_at(client)
    again = up("--port", "11434", "--cpu")
    assert (again.code, again.out) == (0, first.out)
    assert "pulling" not in again.err
    assert (client.containers.get("ollama").id, started_at(client)) == (container, started)
    found = status()
    assert found["answering"]["models"] == ["llama3.2:latest"]
    assert (found["container"], found["is_ours"], found["network"]) == ("running", True, True)


def test_up_starts_a_stopped_container_and_its_models_are_still_there(client: Any) -> None:
    assert up("--cpu").code == 0
    client.containers.get("ollama").stop(timeout=2)
    stopped = evaluator("docker", "status")
    assert stopped.code == 7
    assert "exited" in stopped.out
    again = up()
    assert again.code == 0, again.err
    assert "pulling" not in again.err


def test_only_this_machine_reaches_the_port(client: Any) -> None:
    assert up("--cpu", "--port", "21434").code == 0
    ports = client.containers.get("ollama").attrs["NetworkSettings"]["Ports"]
    assert ports == {"11434/tcp": [{"HostIp": "127.0.0.1", "HostPort": "21434"}]}


def test_other_wishes_for_a_container_that_is_there_are_refused() -> None:
    assert up("--cpu").code == 0
    assert_fails(up("--port", "21434"), 7, "made with --port 11434, not 21434", "docker down")


def test_down_keeps_the_models_unless_told_otherwise(client: Any) -> None:
    assert up("--cpu").code == 0
    down = evaluator("docker", "down")
    assert down.code == 0, down.err
    assert "container ollama is removed" in down.out
    assert "network ollama-net is removed" in down.out
    assert client.containers.list(all=True, filters={"name": "^ollama$"}) == []
    assert "pulling" not in up("--cpu").err
    assert "models in it are removed" in evaluator("docker", "down", "--volumes").out
    assert "pulling: " in up("--cpu").err


def test_down_of_nothing_is_fine() -> None:
    ended = evaluator("docker", "down", "--volumes")
    assert (ended.code, ended.out) == (0, "There is nothing to remove.\n")


def test_logs_are_what_the_server_wrote() -> None:
    assert_fails(evaluator("docker", "logs"), 7, "no container named ollama", "docker up")
    assert up("--cpu").code == 0
    assert "Listening on" in evaluator("docker", "logs", "--tail", "5").out


def test_what_other_commands_made_is_used_and_never_removed(client: Any) -> None:
    for command in ("docker network create ollama-net", "docker volume create ollama", BY_HAND):
        assert shell(command).code == 0
    ended = up()
    assert ended.code == 0, ended.err
    assert "in a container that other commands made" in ended.out
    assert status()["is_ours"] is False
    down = evaluator("docker", "down", "--volumes")
    assert down.code == 0
    for kept in ("container ollama", "network ollama-net", "volume ollama"):
        assert f"The {kept} stays" in down.out
    assert client.containers.get("ollama").status == "running"


def test_wishes_for_a_container_that_other_commands_made_are_refused() -> None:
    shell("docker network create ollama-net")
    shell(BY_HAND)
    assert_fails(up("--cpu", "--port", "21434"), 7, "did not make", "--port, --gpus")


def test_a_container_of_that_name_elsewhere_is_not_touched(client: Any) -> None:
    shell(f"docker run -d --name ollama {OLLAMA}")
    assert_fails(up(), 7, "not on the network ollama-net", "docker network connect ollama-net")
    assert client.containers.get("ollama").status == "running"


def test_a_container_of_that_name_that_publishes_nothing_is_explained() -> None:
    shell("docker network create ollama-net")
    shell(BY_HAND.replace("-p 11434:11434 ", ""))
    assert_fails(up(), 7, "publishes no port 11434", "-p 11434:11434")
    assert "no port is published" in evaluator("docker", "status").out


def test_a_container_that_ends_is_quoted() -> None:
    shell("docker network create ollama-net")
    dying = BY_HAND.replace(OLLAMA, f"--entrypoint sh {OLLAMA} -c 'sleep 3; echo out of luck'")
    shell(dying)
    assert_fails(up(), 7, "is exited and not running", "out of luck")


def test_a_network_that_leads_nowhere_is_refused() -> None:
    assert shell("docker network create --internal ollama-net").code == 0
    assert_fails(up(), 7, "made with --internal", "docker network rm ollama-net")


def test_a_busy_port_is_explained_and_leaves_no_container(client: Any, busy_port: int) -> None:
    assert_fails(up("--cpu", "--port", busy_port), 7, "is in use", "--port", str(busy_port))
    assert client.containers.list(all=True, filters={"name": "^ollama$"}) == []


def test_a_missing_toolkit_is_explained_and_leaves_no_container(client: Any) -> None:
    if "nvidia" in client.info()["Runtimes"]:
        pytest.skip("this engine has GPUs to give")
    for gpus in ("all", "1", "device=0"):
        assert_fails(up("--gpus", gpus), 7, "NVIDIA Container Toolkit", "--cpu")
    assert client.containers.list(all=True, filters={"name": "^ollama$"}) == []


def test_gpus_that_are_none_are_a_usage_error() -> None:
    assert_fails(up("--gpus", "many"), 2, "all, a number or device=ID,ID, not 'many'")


def test_an_image_out_of_reach_is_named() -> None:
    image = "registry.invalid/ollama:1"
    assert_fails(up("--cpu", "--image", image), 7, f"image {image} could not be pulled")


def test_a_model_that_cannot_be_pulled_is_named() -> None:
    ended = up("--cpu", "--judge-model", "no-such-model")
    assert_fails(ended, 7, "could not pull 'no-such-model:latest'", "file does not exist")
