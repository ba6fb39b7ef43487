"""Every fault of an answer behind Ollama's protocol has a reason."""

import asyncio
import math

import pytest
from ollama_server import (
    Body,
    Bomb,
    CalledHtml,
    Drip,
    Fault,
    Flood,
    Hang,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    NoLogprobs,
    OllamaServer,
    OtherModel,
    Redirect,
    Reset,
    ScriptedEngine,
    Status,
    TruncatedJson,
    WrongLength,
    WrongLogprob,
)

from evaluator.backends.protocol import ServerGone, TryAgain, Unanswered
from evaluator.errors import JudgeUnavailable
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.scoring import read_answer

from .ollama_judge import MODELS, NESTED, PROMPT, answers, backend_of, failure, serve

ELSEWHERE = Redirect(location="http://127.0.0.1:9/api/chat")
WORDS = AnswerWords(yes=("Yes",), no=("No",))


@pytest.mark.parametrize("raw", [b"[]", b"5", b'{"logprobs": {}}', b'{"logprobs": [[]]}', NESTED])
def test_json_that_is_no_answer_is_a_bad_response(raw: bytes) -> None:
    with serve(Body(raw=raw)) as server:
        error = failure(backend_of(server))
    assert isinstance(error, TryAgain) and error.reason == "bad-response"


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (Reset(), TryAgain, "connection-lost"),
        (Reset(after_bytes=10), TryAgain, "connection-lost"),
        (Hang(seconds=60.0), TryAgain, "timeout"),
        (Drip(pause=60.0, piece=100), TryAgain, "timeout"),
        (HtmlPage(), TryAgain, "bad-response"),
        (HtmlPage(code=502), TryAgain, "http-502"),
        (CalledHtml(), TryAgain, "bad-response"),
        (Body(), TryAgain, "bad-response"),
        (Bomb(), TryAgain, "bad-response"),
        (WrongLength(by=-20), TryAgain, "bad-response"),
        (WrongLength(by=20), TryAgain, "connection-lost"),
        (HugeBody(), TryAgain, "answer-too-large"),
        (Flood(), TryAgain, "answer-too-large"),
        (TruncatedJson(), TryAgain, "bad-response"),
        (InvalidUtf8(), TryAgain, "bad-response"),
        (NoLogprobs(), TryAgain, "no-logprobs"),
        (OtherModel(), TryAgain, "wrong-model"),
        (Status(code=200, headers=(("Content-Encoding", "gzip"),)), TryAgain, "bad-response"),
        (Status(code=200), TryAgain, "no-logprobs"),
        *((Status(code=code), TryAgain, f"http-{code}") for code in (408, 429, 500, 502, 503, 504)),
        *((Status(code=code), Unanswered, f"http-{code}") for code in (400, 401, 403, 418, 501)),
        (
            Status(code=400, error="the input length exceeds the context length"),
            Unanswered,
            "prompt-too-long",
        ),
        (ELSEWHERE, Unanswered, "http-307"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else None,
)
@pytest.mark.parametrize("model", ["llama3.2", "gemma3-base:270m"])
def test_every_fault_of_an_answer_has_a_reason(
    model: str, fault: Fault, kind: type[Unanswered], reason: str
) -> None:
    timeout = 3.0 if reason == "timeout" else 60.0
    with serve(fault) as server:
        error = failure(backend_of(server, model, timeout=timeout))
    assert type(error) is kind
    assert isinstance(error, Unanswered) and error.reason == reason


def test_what_a_server_says_is_kept_short_and_on_one_line() -> None:
    with serve(Status(code=500, error="no\nroom " * 100)) as server:
        said = str(failure(backend_of(server)))
    assert said.startswith("http-500: no room no room")
    assert len(said) < 250 and "\n" not in said


def test_a_server_that_went_away_is_gone() -> None:
    server = serve()

    async def ask() -> Exception:
        with server:
            backend = backend_of(server)
            await backend.__aenter__()
        with pytest.raises(TryAgain) as caught:
            await backend.ask(PROMPT)
        # The kept connection was reset; a new one is refused.
        with pytest.raises(ServerGone):
            await backend.ask(PROMPT)
        await backend.__aexit__()
        return caught.value

    assert isinstance(asyncio.run(ask()), TryAgain)


def test_a_model_deleted_while_judging_makes_the_judge_unavailable() -> None:
    async def ask() -> Exception:
        with serve() as server:
            async with backend_of(server) as backend:
                await backend.ask(PROMPT)
                server.catalogue.remove("llama3.2")
                with pytest.raises(JudgeUnavailable) as caught:
                    await backend.ask(PROMPT)
                return caught.value

    message = str(asyncio.run(ask()))
    assert "lost the model (model 'llama3.2:latest' not found)" in message


def test_a_model_that_says_nothing_gives_no_log_probabilities() -> None:
    with OllamaServer(ScriptedEngine(lambda _: {}), MODELS) as server:
        error = failure(backend_of(server))
    assert isinstance(error, TryAgain) and error.reason == "no-logprobs"


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.5])
def test_impossible_log_probabilities_are_passed_on_to_be_refused(value: float) -> None:
    with serve(WrongLogprob(value=value)) as server:
        (reply,) = answers(backend_of(server), PROMPT)
    with pytest.raises(Unanswered) as caught:
        read_answer(reply.candidates, WORDS)
    assert caught.value.reason == "bad-logprobs"


def test_an_answer_among_megabytes_is_found() -> None:
    with serve(HugeBody(size=7_000_000)) as server:
        (reply,) = answers(backend_of(server), PROMPT)
    assert len(reply.candidates) == 3
