"""The way to a server: each break in it is named where it is."""

import time
from email.utils import formatdate

import pytest
from diagnoses import deaf_port, diagnosed, judge_server, mute_port, walked
from ollama_server import HtmlPage, ServedModel, Status, TruncatedJson
from ollama_server.handler import Handler

from evaluator.run.doctor.surroundings import Surroundings

VERSION = ("/api/version",)
IN_CONTAINER = Surroundings(in_container=True)


def test_a_name_that_nobody_knows_fails_at_the_name() -> None:
    found = diagnosed("http://judge.invalid:11434")
    assert found["DNS"].state == "failed"
    assert found["DNS"].found.startswith("no address is known for the name judge.invalid")
    assert found["DNS"].advice is not None
    assert found["DNS"].advice.startswith("correct --judge-url")
    assert found["DNS"].exit_code == 3
    assert {found[name].state for name in ("port", "HTTP", "verdict", "clock")} == {"not reached"}
    assert found["port"].found == "“DNS” has to be right first"


def test_the_name_of_the_host_needs_an_option_of_docker_on_linux() -> None:
    found = diagnosed("http://host.docker.internal:11434", here=IN_CONTAINER)
    if found["DNS"].state == "ok":
        pytest.skip("this machine knows the name")
    assert found["DNS"].advice is not None
    assert "--add-host host.docker.internal:host-gateway" in found["DNS"].advice


def test_a_port_where_nobody_listens_fails_at_the_port() -> None:
    with deaf_port() as url:
        found = diagnosed(url)
        inside = diagnosed(url, here=IN_CONTAINER)
    assert found["DNS"].found == "127.0.0.1 is an address"
    assert found["port"].found == f"nothing takes connections at {url[7:]} (Connection refused)"
    assert found["port"].advice == (
        "start it with `ollama serve`, or name another with --judge-url."
    )
    assert found["HTTP"].state == "not reached"
    assert inside["port"].advice is not None
    assert inside["port"].advice.startswith("in a container 127.0.0.1 is the container itself")


def test_a_server_that_never_answers_costs_no_more_than_the_time_given() -> None:
    started = time.monotonic()
    with mute_port() as url:
        found = diagnosed(url, seconds=4.0)
    assert time.monotonic() - started < 60
    assert found["port"].state == "ok"
    assert found["HTTP"].state == "failed"
    assert found["HTTP"].found == "the 4 s for all steps ended before it did"
    assert found["HTTP"].advice == "give them more time with --max-seconds."
    assert found["HTTP"].exit_code == 3


def test_a_refused_key_names_its_variable() -> None:
    with judge_server(Status(code=401, paths=VERSION)) as server:
        found = diagnosed(server)
    assert found["HTTP"].state == "failed"
    assert found["HTTP"].advice is not None
    assert found["HTTP"].advice.startswith("set OLLAMA_API_KEY")


def test_a_status_that_ollama_never_gives_suggests_another_kind_of_server() -> None:
    with judge_server(Status(code=404, paths=VERSION)) as server:
        found = diagnosed(server)
        other = {one.step: one for one in walked(judge=(f"openai:judge@{server.url}/deep",))}
    assert found["HTTP"].found == f"{server.url} answers with HTTP 404"
    assert "openai:MODEL@URL" in str(found["HTTP"].advice)
    assert "ollama:MODEL@URL" in str(other["HTTP"].advice)


@pytest.mark.parametrize("fault", [HtmlPage(paths=VERSION), TruncatedJson(paths=VERSION)])
def test_what_is_no_ollama_fails_at_the_server(fault: HtmlPage | TruncatedJson) -> None:
    with judge_server(fault) as server:
        found = diagnosed(server)
    assert found["HTTP"].state == "ok"
    assert found["server"].found == f"{server.url} is not Ollama"
    assert found["model"].state == "not reached"


def test_an_old_ollama_is_a_warning_that_names_the_version_it_takes() -> None:
    with judge_server(version="0.12.10") as server:
        found = diagnosed(server)
    assert found["server"].state == "warning"
    assert found["server"].found.startswith("Ollama 0.12.10, which gives no log probabilities")
    assert found["server"].advice == "update Ollama to 0.12.11 or newer for probabilities."
    assert found["verdict"].state == "warning"
    assert "schema scoring" in found["verdict"].found


def test_the_models_name_digest_and_size_are_told() -> None:
    model = ServedModel("llama3.2", digest="ab" * 32, size=2_000 << 20)
    with judge_server(models=[model]) as server:
        found = diagnosed(server)
    assert found["model"].found == "llama3.2:latest, sha256:abababababab, 2000 MiB"


def test_a_missing_model_is_told_with_those_that_are_there() -> None:
    with judge_server(models=[ServedModel("mistral")]) as server:
        found = diagnosed(server)
        assert server.bodies("/api/pull") == []
    assert found["model"].state == "failed"
    assert found["model"].found == (
        f"the model llama3.2:latest is not at {server.url}, which has: mistral:latest"
    )
    assert found["model"].advice == "add --pull, or run: ollama pull llama3.2:latest."
    assert found["verdict"].state == "not reached"


def test_pull_fetches_a_missing_model_before_the_verdict() -> None:
    with judge_server(models=[], registry=[ServedModel("llama3.2")]) as server:
        found = diagnosed(server, pull=True)
    assert found["model"].state == "warning"
    assert found["disk for a pull"].found == (
        "not known: Ollama does not tell the disk of its server"
    )
    assert found["verdict"].state == "ok"


def test_a_pull_that_fails_says_what_the_server_said() -> None:
    with judge_server(models=[], registry=None) as server:
        found = diagnosed(server, pull=True)
    assert found["verdict"].state == "failed"
    assert "could not pull 'llama3.2:latest': pull model manifest" in found["verdict"].found


def test_a_clock_that_is_an_hour_ahead_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    hour_ahead = lambda *_: formatdate(time.time() + 3600, usegmt=True)  # noqa: E731
    monkeypatch.setattr(Handler, "date_time_string", hour_ahead)
    with judge_server() as server:
        found = diagnosed(server)
    assert found["clock"].state == "warning"
    assert "s ahead of ours" in found["clock"].found
    assert 3595 <= int(found["clock"].found.split(" is ")[1].split()[0]) <= 3601


def test_equal_clocks_are_no_warning() -> None:
    with judge_server() as server:
        assert diagnosed(server)["clock"].found == "the server's clock agrees with ours"
