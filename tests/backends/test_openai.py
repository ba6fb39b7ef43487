"""The OpenAI-compatible backend before llama.cpp's own server, and before poorer ones."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openai_server import CompatibleServer, PlainServer

from evaluator.backends.openai import OpenAIBackend
from evaluator.backends.protocol import Prompt, Reply, ServerGone, Unanswered
from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.labels import labels_from_names
from evaluator.judge.question import Question, probe_prompt, prompt_writer
from evaluator.judge.reason import Ruling, reason_writer
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import CERTAIN, read_reply

RUBRIC = load_rubric("category-relevance")
WRITE = prompt_writer(RUBRIC, labels_from_names(["ice hockey", "baseball", "cryptography"]))
HOCKEY_AND_BASEBALL = WRITE(Question("ice hockey", "baseball"))
KEY = "a-key-for-this-test"


@pytest.fixture(scope="module")
def llama_server(gguf: Path) -> Iterator[str]:
    """The address of a real llama.cpp server that wants a key."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.model_alias = {"gemma"}
    params.n_ctx = 1024
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = -1
    params.ui = False
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


def backend(url: str, model: str = "gemma", key: str = KEY, **settings: Any) -> OpenAIBackend:
    return OpenAIBackend(
        model,
        url,
        timeout=60.0,
        concurrency=1,
        probe=probe_prompt(RUBRIC),
        environment={"EVALUATOR_API_KEY": key},
        **settings,
    )


def ask(judge: OpenAIBackend, prompt: Prompt = HOCKEY_AND_BASEBALL) -> Reply:
    async def asked() -> Reply:
        async with judge:
            return await judge.ask(prompt)

    return asyncio.run(asked())


def reason(judge: OpenAIBackend, prompt: Prompt = HOCKEY_AND_BASEBALL) -> Reply:
    async def explained() -> Reply:
        async with judge:
            return await judge.explain(prompt, 12)

    return asyncio.run(explained())


def test_llama_cpp_tells_its_slots(llama_server: str) -> None:
    judge = backend(llama_server)
    ask(judge)
    assert judge.slots == 1


def test_a_model_is_asked_in_the_form_that_suits_it_and_read_by_logprobs(llama_server: str) -> None:
    judge = backend(llama_server)
    reply = ask(judge)
    assert judge.identity.options in {("form=chat",), ("form=completion",)}
    assert judge.identity.scoring == "logprobs"
    assert len(reply.candidates) == 20
    reading = read_reply(reply, RUBRIC.question.answers)
    assert reading.mass > 0.5
    assert reply.usage.generated_tokens == 1


def test_a_model_gives_its_reason_in_the_form_that_suits_it(llama_server: str) -> None:
    write = reason_writer(RUBRIC)
    prompt = write(Ruling("ice hockey", "baseball", related=True))
    reply = reason(backend(llama_server), prompt)
    assert reply.candidates == ()
    assert reply.said.strip()
    assert 0 < reply.usage.generated_tokens <= 12


def test_a_conversation_gives_its_reason_in_a_message() -> None:
    with PlainServer(lambda question: f"{question} both bark.", knows_schema=False) as server:
        reply = reason(backend(server.url, model="judge"), Prompt("Why?", (), "Yes, because"))
        body = server.requests[-1]
    assert reply.said == "Yes, because both bark."
    assert (body["max_tokens"], "stop" in body, "logprobs" in body) == (12, False, False)


def test_a_completion_gives_its_reason_on_one_line() -> None:
    def respond(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path != "/v1/completions":
            return 404, {}
        choice: dict[str, Any] = {"text": " Yes"}
        if "logprobs" in body:
            choice["logprobs"] = {"top_logprobs": [{" Yes": -0.1, " No": -2.0}]}
        return 200, {"choices": [choice], "usage": {"prompt_tokens": 40, "completion_tokens": 1}}

    with CompatibleServer(respond) as server:
        assert reason(backend(server.url, model="judge")).said == " Yes"
        body = server.requests[-1]
    assert (body["prompt"], body["stop"]) == (HOCKEY_AND_BASEBALL.text, ["\n"])
    assert "logprobs" not in body


def test_a_wrong_key_is_refused_with_the_variable_to_set(llama_server: str) -> None:
    with pytest.raises(JudgeUnavailable, match="EVALUATOR_API_KEY"):
        ask(backend(llama_server, key="wrong"))


def test_a_missing_model_is_named_beside_those_that_are_there(llama_server: str) -> None:
    with pytest.raises(JudgeUnavailable, match=r"no model 'llama'; it has: gemma"):
        ask(backend(llama_server, model="llama"))


@pytest.mark.parametrize("listed", [{}, {"data": [{}]}, {"data": "judge"}])
def test_a_list_of_models_that_is_none_is_no_server(listed: dict[str, Any]) -> None:
    with (
        CompatibleServer(lambda path, body: (404, {}), listed) as server,
        pytest.raises(JudgeUnavailable) as caught,
    ):
        ask(backend(server.url, model="judge"))
    assert str(caught.value) == (
        f"no OpenAI-compatible server answers at {server.url} (bad-response: its list of models "
        "cannot be read); name another with --judge-url."
    )


def test_it_does_not_tell_where_its_model_lies() -> None:
    judge = backend("http://127.0.0.1:9")
    assert asyncio.run(judge.outside_gpu()) is None


def test_no_server_is_a_judge_that_is_unavailable() -> None:
    with pytest.raises(JudgeUnavailable, match="--judge-url"):
        ask(backend("http://127.0.0.1:9"))


def test_without_logprobs_a_schema_limits_the_answer() -> None:
    with PlainServer(lambda question: "No", knows_schema=True) as server:
        judge = backend(server.url, model="judge")
        reply = ask(judge)
        assert judge.identity.scoring == "schema"
        schema = server.requests[-1]["response_format"]["json_schema"]["schema"]
        assert schema == {"type": "string", "enum": ["Yes", "No"]}
    assert read_reply(reply, RUBRIC.question.answers).logit == -CERTAIN


def test_without_a_schema_the_text_is_read() -> None:
    with PlainServer(lambda question: "Yes, they are sports.", knows_schema=False) as server:
        judge = backend(server.url, model="judge")
        reply = ask(judge)
        assert judge.identity.scoring == "text"
    assert read_reply(reply, RUBRIC.question.answers).logit == CERTAIN


def test_text_that_answers_nothing_is_unanswered() -> None:
    with PlainServer(lambda question: "Nothing is certain.", knows_schema=False) as server:
        reply = ask(backend(server.url, model="judge"))
    with pytest.raises(Unanswered, match="no-answer-word"):
        read_reply(reply, RUBRIC.question.answers)


def test_a_server_that_goes_away_is_gone() -> None:
    async def deserted() -> None:
        with PlainServer(lambda question: "Yes", knows_schema=True) as server:
            judge = backend(server.url, model="judge")
            await judge.__aenter__()
        try:
            with pytest.raises((ServerGone, Unanswered)):
                await judge.ask(HOCKEY_AND_BASEBALL)
        finally:
            await judge.__aexit__()

    asyncio.run(deserted())


def test_a_key_that_ends_with_a_newline_is_a_key(llama_server: str) -> None:
    assert ask(backend(llama_server, key=f"{KEY}\n")).candidates


@pytest.mark.parametrize("key", ["se\x00cret", "se\ncret", "schl\u00fcssel"])
def test_what_can_be_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        backend("http://127.0.0.1:9", key=key)
    assert str(caught.value) == "EVALUATOR_API_KEY holds characters that no key has."


def test_a_prompt_that_a_server_cut_in_silence_is_unanswered() -> None:
    most_tokens = 200

    def respond(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path != "/v1/chat/completions":
            return 404, {}
        words = sum(len(turn["content"].split()) for turn in body["messages"])
        top = [{"token": "Yes", "logprob": -0.1}, {"token": "No", "logprob": -3.0}]
        choice = {"logprobs": {"content": [{"top_logprobs": top}]}, "message": {"content": "Yes"}}
        usage = {"prompt_tokens": min(words, most_tokens), "completion_tokens": 1}
        return 200, {"choices": [choice], "usage": usage}

    long = WRITE(Question("ice hockey", "baseball"))
    long = replace(long, question=long.question + " and so on" * 500)
    with CompatibleServer(respond) as server:
        judge = backend(server.url, model="judge")
        assert ask(judge).candidates
        for put in (ask, reason):
            with pytest.raises(Unanswered, match="prompt-too-long: the server read 200 tokens"):
                put(backend(server.url, model="judge"), long)
