"""What the judge behind Ollama's protocol looks at, pulls and refuses before it is asked."""

from collections.abc import Callable
from typing import Any

import pytest
from ollama_server import (
    Body,
    Bomb,
    Fault,
    Flood,
    Hang,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    OtherDigest,
    Redirect,
    Reset,
    ServedModel,
    Status,
    TruncatedJson,
)

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import JudgeIdentity
from evaluator.errors import JudgeUnavailable

from .ollama_judge import INSTRUCT, NESTED, OPENING, PROMPT, answers, backend_of, serve


def identity_of(backend: OllamaBackend) -> JudgeIdentity:
    answers(backend)
    return backend.identity


def opening_failure(backend: OllamaBackend) -> str:
    with pytest.raises(JudgeUnavailable) as caught:
        answers(backend)
    return str(caught.value)


def test_server_and_model_are_looked_at_before_the_first_question() -> None:
    with serve() as server:
        answers(backend_of(server), PROMPT)
        assert [request.path for request in server.requests] == [*OPENING, "/api/chat"]


def test_the_identity_is_the_servers_word_on_the_model() -> None:
    with serve() as server:
        assert identity_of(backend_of(server)) == JudgeIdentity(
            backend="ollama",
            model="llama3.2:latest",
            digest=f"sha256:{INSTRUCT.manifest_digest}",
            server_version="0.33.0",
            options=("form=chat", "num_ctx=2048"),
        )
        assert identity_of(backend_of(server, "gemma3-base:270m")).options[0] == "form=raw"
        server.faults.add(OtherDigest())
        assert identity_of(backend_of(server)).digest == f"sha256:{'f' * 64}"


def test_a_name_without_a_tag_means_latest_even_with_a_registrys_port() -> None:
    name = "registry:5000/team/judge"
    with serve(models=[ServedModel(f"{name}:latest"), ServedModel(f"{name}:8b")]) as server:
        assert identity_of(backend_of(server, name)).model == f"{name}:latest"
        assert identity_of(backend_of(server, f"{name}:8b")).model == f"{name}:8b"


def test_a_missing_model_suggests_to_pull_it_and_is_not_pulled() -> None:
    with serve(registry=[ServedModel("phi3")]) as server:
        message = opening_failure(backend_of(server, "phi3"))
        assert message == (
            f"the model 'phi3:latest' is not on the Ollama server at {server.url}; "
            "add --pull, or run: ollama pull phi3:latest."
        )
        assert [request.path for request in server.requests] == ["/api/version", "/api/tags"]


def test_another_tag_of_the_model_is_not_the_model() -> None:
    with serve() as server:
        assert "'llama3.2:1b' is not on" in opening_failure(backend_of(server, "llama3.2:1b"))


def test_pulling_shows_progress_and_then_the_model_answers() -> None:
    new = ServedModel("phi3", size=1000)
    steps: list[tuple[str, int, int]] = []
    with serve(registry=[new]) as server:
        backend = backend_of(server, "phi3", pull=lambda *step: steps.append(step))
        (reply,) = answers(backend, PROMPT)
        assert server.bodies("/api/pull")[0]["model"] == "phi3:latest"
    assert reply.candidates[0].token == "Yes"
    assert backend.identity.digest == f"sha256:{new.manifest_digest}"
    assert steps[0] == ("pulling manifest", 0, 0)
    assert [step[1:] for step in steps if step[2]] == [
        (done, 1000) for done in (0, 250, 500, 750, 1000)
    ]
    assert steps[-1][0] == "success"


def test_a_model_that_is_there_is_not_pulled_again() -> None:
    with serve() as server:
        answers(backend_of(server, pull=lambda *_: None), PROMPT)
        assert server.bodies("/api/pull") == []


def test_a_pull_may_tell_of_its_progress_for_as_long_as_it_takes() -> None:
    new = ServedModel("phi3", size=1000)
    with serve(HugeBody(size=2_000_000, paths=("/api/pull",)), registry=[new]) as server:
        (reply,) = answers(backend_of(server, "phi3", pull=lambda *_: None), PROMPT)
    assert reply.candidates


@pytest.mark.parametrize(
    "fault",
    [HugeBody(paths=("/api/pull",)), Flood(paths=("/api/pull",)), Bomb(paths=("/api/pull",))],
)
def test_a_pull_that_tells_no_line_of_its_progress_ends(fault: Fault) -> None:
    with serve(fault, registry=[ServedModel("phi3")]) as server:
        message = opening_failure(backend_of(server, "phi3", pull=lambda *_: None))
    assert message.startswith(f"no Ollama server answers at {server.url} (the answer is ")


@pytest.mark.parametrize(
    ("registry", "reason"), [((), "file does not exist"), (None, "no such host")]
)
def test_a_pull_that_fails_says_why(registry: Any, reason: str) -> None:
    with serve(registry=registry) as server:
        message = opening_failure(backend_of(server, "phi3", pull=lambda *_: None))
    assert message.startswith("the Ollama server could not pull 'phi3:latest': pull model manifest")
    assert reason in message


@pytest.mark.parametrize("version", ["0.12.11", "0.33.0", "0.0.0", "dev"])
def test_the_servers_version_is_part_of_the_identity(version: str) -> None:
    with serve(version=version) as server:
        assert identity_of(backend_of(server)).server_version == version


@pytest.mark.parametrize("path", OPENING)
@pytest.mark.parametrize(
    "fault",
    [Status, HtmlPage, Redirect, TruncatedJson, InvalidUtf8, Reset, HugeBody, Flood, Bomb],
    ids=lambda kind: kind.__name__,
)
def test_a_server_that_cannot_be_opened_is_unavailable(
    path: str, fault: Callable[..., Fault]
) -> None:
    own = {Status: {"code": 500}, Redirect: {"location": "http://127.0.0.1:9/"}}.get(fault, {})
    with serve(fault(paths=(path,), **own)) as server:
        message = opening_failure(backend_of(server))
        assert message.startswith(f"no Ollama server answers at {server.url} (")
        assert message.endswith(
            "); start it with `ollama serve`, or name another with --judge-url."
        )
        assert "\n" not in message
        assert server.bodies("/api/chat") == []


@pytest.mark.parametrize("path", [*OPENING, "/api/pull"])
@pytest.mark.parametrize("raw", [b"[]", b"5", b'"x"', b"{}", b'{"models": 5}', NESTED])
def test_json_that_is_not_ollamas_is_no_server_or_no_model(path: str, raw: bytes) -> None:
    with serve(Body(paths=(path,), raw=raw), registry=[ServedModel("phi3")]) as server:
        backend = backend_of(
            server, "phi3" if path == "/api/pull" else "llama3.2", pull=lambda *_: None
        )
        try:
            answers(backend)
        except JudgeUnavailable as error:
            assert len(str(error)) < 500 and "\n" not in str(error)
        else:
            assert (path, raw) == ("/api/show", b"{}")  # every part of that answer may be missing


def test_a_server_that_hangs_or_is_not_there_is_unavailable() -> None:
    with serve(Hang(paths=("/api/tags",), seconds=60.0)) as server:
        assert "no Ollama server answers" in opening_failure(backend_of(server, timeout=0.2))
    assert "no Ollama server answers" in opening_failure(backend_of(server))
