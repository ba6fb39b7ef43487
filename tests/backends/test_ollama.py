"""The judge behind Ollama's protocol, against a server that can misbehave."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

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
    OtherDigest,
    OtherModel,
    Redirect,
    Reset,
    ScriptedEngine,
    ServedModel,
    Status,
    TruncatedJson,
    WrongLength,
    WrongLogprob,
)

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import (
    JudgeIdentity,
    Prompt,
    PullProgress,
    Reply,
    ServerGone,
    Shot,
    TokenProbability,
    TryAgain,
    Unanswered,
    Usage,
)
from evaluator.errors import JudgeUnavailable
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.scoring import read_answer

INSTRUCT = ServedModel("llama3.2")
BASE = ServedModel("gemma3-base:270m", base=True)
THINKER = ServedModel("qwen3", capabilities=("completion", "thinking"))
MODELS = (INSTRUCT, BASE, THINKER)

PROMPT = Prompt("Decide.", (Shot("One?", "Yes"), Shot("Two?", "No")), "Three?")
PROBE = Prompt("Decide.", (), "Are two and two the same?", ("Yes", "No"))
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
OPENING = ["/api/version", "/api/tags", "/api/show"]
ELSEWHERE = Redirect(location="http://127.0.0.1:9/api/chat")
WORDS = AnswerWords(yes=("Yes",), no=("No",))


def serve(*faults: Fault, **settings: Any) -> OllamaServer:
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.2, " yes": 0.1})
    return OllamaServer(engine, settings.pop("models", MODELS), faults, **settings)


def backend_of(
    server: OllamaServer,
    model: str = "llama3.2",
    *,
    timeout: float = 60.0,
    pull: PullProgress | None = None,
) -> OllamaBackend:
    return OllamaBackend(model, server.url, timeout=timeout, concurrency=2, probe=PROBE, pull=pull)


def answers(backend: OllamaBackend, *prompts: Prompt) -> list[Reply]:
    async def ask() -> list[Reply]:
        async with backend:
            return [await backend.ask(prompt) for prompt in prompts]

    return asyncio.run(ask())


def reason(backend: OllamaBackend) -> Reply:
    async def explain() -> Reply:
        async with backend:
            return await backend.explain(PROMPT, 3)

    return asyncio.run(explain())


def identity_of(backend: OllamaBackend) -> JudgeIdentity:
    answers(backend)
    return backend.identity


def failure(backend: OllamaBackend, prompt: Prompt = PROMPT) -> Exception:
    """What goes wrong with a question, once the judge was opened."""

    async def ask() -> Exception:
        async with backend:
            with pytest.raises((Unanswered, JudgeUnavailable)) as caught:
                await backend.ask(prompt)
            return caught.value

    return asyncio.run(ask())


def opening_failure(backend: OllamaBackend) -> str:
    with pytest.raises(JudgeUnavailable) as caught:
        answers(backend)
    return str(caught.value)


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


NESTED = b"[" * 200_000


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


@pytest.mark.parametrize("raw", [b"[]", b"5", b'{"logprobs": {}}', b'{"logprobs": [[]]}', NESTED])
def test_json_that_is_no_answer_is_a_bad_response(raw: bytes) -> None:
    with serve(Body(raw=raw)) as server:
        error = failure(backend_of(server))
    assert isinstance(error, TryAgain) and error.reason == "bad-response"


def test_a_server_that_hangs_or_is_not_there_is_unavailable() -> None:
    with serve(Hang(paths=("/api/tags",), seconds=60.0)) as server:
        assert "no Ollama server answers" in opening_failure(backend_of(server, timeout=0.2))
    assert "no Ollama server answers" in opening_failure(backend_of(server))


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
