"""What the judge behind Ollama's protocol is asked, and where the server may not send it."""

import asyncio
import math
from typing import Any

import pytest
from ollama_server import Fault, HtmlPage, Redirect, Reset, ServedModel, Status

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import Prompt, Reply, TokenProbability, TryAgain, Unanswered, Usage
from evaluator.errors import JudgeUnavailable

from .ollama_judge import BASE, OPENING, PROMPT, answers, backend_of, failure, serve

ASKED: dict[str, Any] = {
    "model": "llama3.2:latest",
    "stream": False,
    "truncate": False,
    "logprobs": True,
    "top_logprobs": 20,
    "options": {"num_ctx": 2048, "num_predict": 1, "temperature": 0.0},
    "keep_alive": "10m",
}
MESSAGES = [
    {"role": "system", "content": "Decide."},
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "Yes"},
    {"role": "user", "content": "Two?"},
    {"role": "assistant", "content": "No"},
    {"role": "user", "content": "Three?"},
]
ANSWERS = ("/api/chat", "/api/generate")


def reason(backend: OllamaBackend) -> Reply:
    async def explain() -> Reply:
        async with backend:
            return await backend.explain(PROMPT, 3)

    return asyncio.run(explain())


def test_an_instruct_model_is_asked_in_turns() -> None:
    with serve() as server:
        answers(backend_of(server), PROMPT)
        assert server.bodies("/api/chat") == [{**ASKED, "messages": MESSAGES}]
        assert server.bodies("/api/generate") == []


def test_an_instruct_model_gives_its_reason_in_turns() -> None:
    with serve() as server:
        reply = reason(backend_of(server))
        (body,) = server.bodies("/api/chat")
    unread = {"logprobs", "top_logprobs"}  # nobody reads a reason's probabilities
    assert body == {
        **{key: value for key, value in ASKED.items() if key not in unread},
        "options": {"num_ctx": 2048, "num_predict": 3, "temperature": 0.0},
        "messages": MESSAGES,
    }
    assert reply == Reply((), Usage(reply.usage.prompt_tokens, None, 3), "YesYesYes")


def test_a_base_model_gives_its_reason_on_one_line() -> None:
    with serve() as server:
        reply = reason(backend_of(server, "gemma3-base:270m"))
        (body,) = server.bodies("/api/generate")
    assert (body["raw"], body["prompt"]) == (True, PROMPT.text)
    assert body["options"] == {
        "num_ctx": 2048,
        "num_predict": 3,
        "temperature": 0.0,
        "stop": ["\n"],
    }
    assert reply.said == "YesYesYes"


def test_a_thinking_model_gives_its_reason_without_thinking() -> None:
    with serve() as server:
        reason(backend_of(server, "qwen3"))
        assert [body["think"] for body in server.bodies("/api/chat")] == [False]


def test_a_reason_that_is_refused_is_unanswered() -> None:
    with serve(Status(code=503)) as server, pytest.raises(TryAgain, match="http-503"):
        reason(backend_of(server))


def test_a_base_model_is_asked_with_plain_text() -> None:
    with serve() as server:
        answers(backend_of(server, "gemma3-base:270m"), PROMPT)
        assert server.bodies("/api/chat") == []
        assert server.bodies("/api/generate") == [
            {
                **ASKED,
                "model": "gemma3-base:270m",
                "raw": True,
                "prompt": "Decide.\nOne? Yes\nTwo? No\nThree?",
            }
        ]


def test_a_model_that_can_think_is_told_not_to() -> None:
    with serve() as server:
        answers(backend_of(server, "qwen3"), PROMPT)
        assert server.bodies("/api/chat") == [
            {**ASKED, "model": "qwen3:latest", "messages": MESSAGES, "think": False}
        ]


def test_an_answer_is_its_first_tokens_distribution() -> None:
    with serve() as server:
        (reply,) = answers(backend_of(server, "gemma3-base:270m"), PROMPT)
    assert reply == Reply(
        (
            TokenProbability("Yes", math.log(0.7)),
            TokenProbability("No", math.log(0.2)),
            TokenProbability(" yes", math.log(0.1)),
        ),
        Usage(prompt_tokens=6, evaluated_tokens=None, generated_tokens=1),
    )


def test_no_question_loads_the_model_again() -> None:
    with serve() as server:
        for _ in range(2):
            answers(backend_of(server), PROMPT, PROMPT)
        assert server.catalogue.loads == ["llama3.2:latest"]


@pytest.mark.parametrize(("gpu_share", "outside"), [(1.0, 0.0), (0.75, 0.25), (0.0, 1.0)])
def test_a_model_that_is_not_all_on_the_gpu_is_noticed(gpu_share: float, outside: float) -> None:
    model = ServedModel("llama3.2", size=1000, gpu_share=gpu_share)
    with serve(models=[BASE, model]) as server:
        assert shares(backend_of(server)) == (None, outside)  # nothing is loaded before a question


@pytest.mark.parametrize(
    "fault",
    [Status(paths=("/api/ps",), code=500), HtmlPage(paths=("/api/ps",)), Reset(paths=("/api/ps",))],
)
def test_a_server_that_does_not_tell_where_its_model_runs_is_believed(fault: Fault) -> None:
    with serve(fault) as server:
        assert shares(backend_of(server)) == (None, None)


def shares(backend: OllamaBackend) -> tuple[float | None, float | None]:
    """What lies outside of GPU memory, before and after a question."""

    async def ask() -> tuple[float | None, float | None]:
        async with backend:
            before = await backend.outside_gpu()
            await backend.ask(PROMPT)
            return before, await backend.outside_gpu()

    return asyncio.run(ask())


@pytest.mark.parametrize("model", ["llama3.2", "gemma3-base:270m"])
def test_a_prompt_that_does_not_fit_is_too_long_and_not_cut(model: str) -> None:
    with serve() as server:
        error = failure(backend_of(server, model), Prompt("Decide.", (), "word " * 2100))
        assert type(error) is Unanswered and error.reason == "prompt-too-long"
        assert "2048 tokens" in str(error)
        answers(backend_of(server, model), Prompt("Decide.", (), "word " * 2000))


def test_no_redirect_leads_to_another_host() -> None:
    with serve() as other:
        for path in (*OPENING, *ANSWERS):
            with serve(Redirect(paths=(path,), location=f"{other.url}{path}")) as server:
                model = "gemma3-base:270m" if path == "/api/generate" else "llama3.2"
                with pytest.raises((JudgeUnavailable, Unanswered)):
                    answers(backend_of(server, model), PROMPT)
                assert server.requests[-1].path == path
        assert other.requests == []


def test_proxies_in_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as proxy, serve(registry=[ServedModel("phi3")]) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        (reply,) = answers(backend_of(server, "phi3", pull=lambda *_: None), PROMPT)
        assert reply.candidates
        assert proxy.requests == []


def test_a_key_that_ends_with_a_newline_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "secret\n")
    with serve() as server:
        backend = backend_of(server)
        answers(backend, PROMPT)
    assert backend._http.headers["authorization"] == "Bearer secret"
