"""The judge in this process, with the packaged model."""

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

import httpx
import pytest

from evaluator.backends.embedded import EmbeddedBackend
from evaluator.backends.protocol import Prompt, Shot, Unanswered
from evaluator.errors import ConfigError
from evaluator.judge.labels import labels_from_names
from evaluator.judge.question import prompt_writer
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import read_answer

from .embedded_judge import HOCKEY_AND_BASEBALL, QUESTIONS, TOPICS, WHY, WRITE, Ask


def test_a_reason_is_the_rest_of_its_line(runner: asyncio.Runner, backend: EmbeddedBackend) -> None:
    reply = runner.run(backend.explain(WHY(HOCKEY_AND_BASEBALL), 60))
    assert "sports" in reply.said
    assert "\n" not in reply.said
    assert reply.candidates == ()
    assert 0 < reply.usage.generated_tokens < 60


def test_a_reason_has_no_more_tokens_than_it_may(
    runner: asyncio.Runner, backend: EmbeddedBackend
) -> None:
    for tokens in (1, 3):
        reply = runner.run(backend.explain(WHY(HOCKEY_AND_BASEBALL), tokens))
        assert reply.usage.generated_tokens == tokens


def test_a_reason_that_does_not_fit_is_unanswered(
    runner: asyncio.Runner, backend: EmbeddedBackend
) -> None:
    with pytest.raises(Unanswered, match="prompt-too-long"):
        runner.run(backend.explain(Prompt("Say why.", (), "long " * 3000), 60))


@pytest.mark.parametrize(
    ("choices", "token_of"),
    [
        (("related words", "related not at all"), "related"),
        (("Yes", "Yes, but"), "Yes"),
        (("Yes", "No", "No way"), "No"),
    ],
)
def test_answers_that_begin_with_the_same_token_are_refused(
    ask: Ask, choices: tuple[str, ...], token_of: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        ask(Prompt("Decide.", (Shot("One?", choices[0]),), "Two?", choices))
    clashing = [choice for choice in choices if choice.startswith(token_of)]
    assert str(caught.value) == (
        f"the model gemma-3-270m-q4_k_m.gguf begins '{clashing[0]}' and '{clashing[1]}' with the "
        "same token, the only one that is read: choose other answer words in the rubric."
    )


@pytest.mark.parametrize("name", ["category-relevance", "category-relevance-ja"])
def test_the_answers_of_every_rubric_begin_with_their_own_tokens(ask: Ask, name: str) -> None:
    rubric = load_rubric(name)
    prompt = prompt_writer(rubric, labels_from_names(TOPICS))(QUESTIONS[0])
    assert read_answer(ask(prompt).candidates, rubric.question.answers).mass > 0.5


def test_an_answer_tells_where_its_time_went(ask: Ask) -> None:
    durations = ask(WRITE(QUESTIONS[0])).durations
    assert durations is not None
    assert durations.prompt > 0
    assert durations.generation > 0
    assert (durations.waiting, durations.loading) == (0, 0)


def test_it_does_not_tell_where_its_model_lies(
    runner: asyncio.Runner, backend: EmbeddedBackend
) -> None:
    assert runner.run(backend.outside_gpu()) is None


def test_the_identity_holds_the_files_digest(backend: EmbeddedBackend, gguf: Path) -> None:
    with gguf.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    assert backend.identity.digest == f"sha256:{digest}"
    assert (backend.identity.backend, backend.identity.model) == ("embedded", gguf.name)
    assert backend.identity.server_version.startswith("xllamacpp 20")
    assert backend.identity.options == ("n_ctx=2048", "n_parallel=1", "swa_full=true")


def test_a_given_file_has_its_own_digest(gguf: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other.gguf"
    shutil.copyfile(gguf, copy)

    async def identity() -> tuple[str, str]:
        async with EmbeddedBackend(copy) as backend:
            return backend.identity.model, backend.identity.digest

    try:
        with copy.open("r+b") as content:
            content.seek(-1, os.SEEK_END)
            content.write(b"?")
            content.seek(0)
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        assert asyncio.run(identity()) == ("other.gguf", f"sha256:{digest}")
    finally:
        copy.unlink()  # pytest would keep its many bytes for days


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/completion"), ("POST", "/tokenize"), ("GET", "/v1/models"), ("GET", "/slots")],
)
def test_the_loopback_port_needs_its_key(backend: EmbeddedBackend, method: str, path: str) -> None:
    address = backend._server.listening_address
    assert httpx.URL(address).host == "127.0.0.1"
    body = {"prompt": "x", "content": "x"} if method == "POST" else None
    for headers in ({}, {"Authorization": "Bearer guess"}):
        with httpx.Client(trust_env=False, base_url=address, headers=headers) as client:
            assert client.request(method, path, json=body).status_code == 401
