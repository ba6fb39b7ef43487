"""The server against the real client: what it sends must parse there."""

import asyncio
import math
import time
from pathlib import Path
from typing import Any

import httpx
import ollama
import pytest

from . import LlamaEngine, OllamaServer, ScriptedEngine, ServedModel
from .asking import (
    ASKED,
    BASE,
    INSTRUCT,
    MESSAGES,
    MODELS,
    ask,
    client_of,
    first_token,
    post,
    serve,
    yes_or_no,
)

DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")


def test_lists_shows_and_runs_models() -> None:
    with serve() as server, client_of(server) as client:
        assert httpx.get(f"{server.url}/api/version").json() == {"version": "0.33.0"}
        listed = client.list().models
        assert [model.model for model in listed] == [model.full_name for model in MODELS]
        assert listed[0].digest == INSTRUCT.manifest_digest
        assert listed[0].details is not None and listed[0].details.format == "gguf"
        shown = client.show("llama3.2:latest")
        assert shown.template is not None and "{{ .Role }}" in shown.template
        assert shown.modelinfo is not None
        assert shown.modelinfo["llama.context_length"] == INSTRUCT.context_length
        assert shown.capabilities == ["completion"]
        assert client.show("gemma3-base:270m").template == "{{ .Prompt }}"
        assert not client.ps().models
        client.chat("llama3.2", MESSAGES, **ASKED)
        (running,) = client.ps().models
        assert (running.model, running.context_length) == ("llama3.2:latest", 2048)
        assert running.size_vram == running.size


def test_answers_a_chat_with_logprobs() -> None:
    with serve() as server:
        response = ask(server)
        assert response.model == "llama3.2"
        assert response.message.content == "Yes"
        assert (response.done, response.done_reason) == (True, "length")
        assert response.prompt_eval_count and response.eval_count == 1
        assert response.total_duration and response.load_duration
        assert response.prompt_eval_duration and response.eval_duration
        tops = {top.token: math.exp(top.logprob) for top in first_token(response).top_logprobs}
        assert tops == pytest.approx({"Yes": 0.7, "No": 0.2, " yes": 0.1})
        (recorded,) = server.requests
        assert (recorded.method, recorded.path) == ("POST", "/api/chat")
        assert recorded.body["messages"] == MESSAGES
        raw = post(server, "/api/chat", model="llama3.2", messages=MESSAGES, stream=False, **ASKED)
        assert raw.json()["logprobs"][0]["top_logprobs"][2]["bytes"] == list(b" yes")


def test_streams_tokens() -> None:
    asked = {**ASKED, "options": {"num_predict": 20}}
    with serve() as server, client_of(server) as client:
        parts = list(client.chat("llama3.2", MESSAGES, stream=True, **asked))
        assert "".join(part.message.content or "" for part in parts) == "Yes, of course"
        assert [len(part.logprobs or ()) for part in parts] == [1, 1, 1, 1, 0]
        assert (parts[-1].done_reason, parts[-1].eval_count) == ("stop", 4)
        generated = list(client.generate("llama3.2", "Is it?", stream=True, **asked))
        assert "".join(part.response or "" for part in generated) == "Yes, of course"
        assert generated[-1].context
        response = post(server, "/api/chat", model="llama3.2", messages=MESSAGES)
        assert response.headers["content-type"] == "application/x-ndjson"  # streams by default


def test_raw_prompts_and_templates() -> None:
    with serve() as server, client_of(server) as client:
        raw = client.generate("gemma3-base:270m", "one two three", raw=True, **ASKED)
        assert (raw.response, raw.prompt_eval_count, raw.context) == ("Yes", 3, None)
        shown = {"messages": MESSAGES, "_debug_render_only": True, "stream": False}
        rendered = post(server, "/api/chat", model="llama3.2", **shown).json()["_debug_info"]
        assert rendered["rendered_template"] == (
            "<|im_start|>system\nAnswer Yes or No.<|im_end|>\n"
            "<|im_start|>user\nIs ice hockey related to baseball?<|im_end|>\n"
            "<|im_start|>assistant\n"
        )
        base = post(server, "/api/chat", model="gemma3-base:270m", **shown).json()["_debug_info"]
        assert base["rendered_template"] == MESSAGES[1]["content"]


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/show", {"model": "gone"}, 404, "model 'gone' not found"),
        ("/api/chat", {"model": "gone"}, 404, "model 'gone' not found"),
        ("/api/generate", {"model": "gone"}, 404, "model 'gone' not found"),
        ("/api/chat", {"top_logprobs": 21}, 400, "top_logprobs must be between 0 and 20"),
        ("/api/chat", {"think": True}, 400, '"llama3.2" does not support thinking'),
        ("/api/chat", {"format": "xml"}, 500, 'invalid format: "\\"xml\\""'),
        ("/api/chat", {"options": {"num_ctx": "x"}}, 500, 'option "num_ctx" must be of type int'),
        ("/api/chat", {"logprobs": "yes"}, 400, "json: cannot unmarshal string"),
        ("/api/nothing", {}, 404, "404 page not found"),
        ("/api/tags", {}, 405, "405 method not allowed"),
    ],
)
def test_refuses(path: str, body: dict[str, Any], status: int, error: str) -> None:
    with serve() as server:
        response = post(server, path, **{"model": "llama3.2", "messages": MESSAGES, **body})
        assert response.status_code == status
        given = response.json()["error"] if response.text.startswith("{") else response.text
        assert given.startswith(error)


def test_thinks_only_where_it_can() -> None:
    with serve() as server, client_of(server) as client:
        client.chat("llama3.2", MESSAGES, think=False, **ASKED)
        client.chat("qwen3", MESSAGES, think=True, **ASKED)
        with pytest.raises(ollama.ResponseError, match="does not support thinking"):
            client.chat("llama3.2", MESSAGES, think=True, **ASKED)


def test_top_logprobs_need_logprobs() -> None:
    with serve() as server, client_of(server) as client:
        assert client.chat("llama3.2", MESSAGES, top_logprobs=5).logprobs is None
        answer = client.chat("llama3.2", MESSAGES, logprobs=True, options={"num_predict": 1})
        assert first_token(answer).top_logprobs is None


def test_foreign_hosts_are_forbidden() -> None:
    with serve() as server:
        for headers in ({"Host": "example.org"}, {"Origin": "https://example.org"}):
            response = httpx.get(f"{server.url}/api/tags", headers=headers)
            assert (response.status_code, response.content) == (403, b"")
        assert httpx.get(f"{server.url}/", headers={"Host": "ollama.internal"}).status_code == 200


def test_cuts_what_does_not_fit() -> None:
    long = "word " * 500
    options = {"num_predict": 1, "num_ctx": 100}
    with serve() as server, client_of(server) as client:
        cut = client.generate("gemma3-base:270m", long, raw=True, options=options)
        assert cut.prompt_eval_count == 99
        shots = [{"role": "user", "content": "word " * 60}, MESSAGES[1]]
        shortened = client.chat("llama3.2", [MESSAGES[0], *shots, *shots], options=options)
        assert shortened.prompt_eval_count is not None  # whole turns are missing
        assert shortened.prompt_eval_count < 99
        refused = post(
            server,
            "/api/chat",
            model="llama3.2",
            messages=shots * 2,
            truncate=False,
            options=options,
        )
        assert refused.status_code == 400
        assert "exceeds the available context size (100 tokens)" in refused.json()["error"]


def test_pulls_with_progress() -> None:
    new = ServedModel("phi3", size=1000)
    with serve(registry=[new]) as server, client_of(server) as client:
        steps = list(client.pull("phi3", stream=True))
        assert steps[0].status == "pulling manifest" and steps[-1].status == "success"
        layer = [step for step in steps if step.total]
        assert [step.completed for step in layer] == [None, 250, 500, 750, 1000]
        assert layer[0].digest == f"sha256:{new.manifest_digest}"
        assert client.show("phi3").capabilities == ["completion"]
        assert client.pull("phi3").status == "success"
        with pytest.raises(ollama.ResponseError, match="file does not exist"):
            list(client.pull("nowhere", stream=True))


def test_pulls_nothing_without_a_registry() -> None:
    with serve(registry=None) as server, client_of(server) as client:
        with pytest.raises(ollama.ResponseError, match="pull model manifest: Get") as caught:
            client.pull("phi3")
        assert caught.value.status_code == 500
        with pytest.raises(ollama.ResponseError, match="pull model manifest: Get") as caught:
            list(client.pull("phi3", stream=True))
        assert caught.value.status_code == -1  # the status was 200


def test_loads_again_when_runner_options_change() -> None:
    with serve() as server, client_of(server) as client:
        for options in ({"num_ctx": 512}, {"num_ctx": 512, "seed": 3}, {"num_ctx": 1024}):
            client.chat("llama3.2", MESSAGES, options=options)
        assert server.catalogue.loads == ["llama3.2:latest"] * 2
        client.chat("llama3.2", MESSAGES, keep_alive=0)
        assert not client.ps().models


def test_queues_beyond_its_slots() -> None:
    def when_all_are_there(text: str) -> dict[str, float]:
        while server.peak_in_flight < 4:
            time.sleep(0.01)
        return yes_or_no(text)

    async def ask_all(url: str) -> list[ollama.ChatResponse]:
        async with ollama.AsyncClient(host=url, timeout=60.0) as client:
            asked = (client.chat("llama3.2", MESSAGES, **ASKED) for _ in range(4))
            return list(await asyncio.gather(*asked))

    with OllamaServer(ScriptedEngine(when_all_are_there, seconds=0.05), MODELS) as server:
        waits = [
            sum((answer[key] if key == "total_duration" else -answer[key]) for key in DURATIONS)
            for answer in asyncio.run(ask_all(server.url))
        ]
        assert max(waits) > 0.1e9 > min(waits)


def test_answers_with_a_real_model(gguf: Path) -> None:
    shots = (
        "Decide whether two topics are related.\n"
        "Topics: soccer and tennis. Related: Yes\n"
        "Topics: cooking and astronomy. Related: No\n"
        "Topics: guitar and piano. Related: Yes\n"
        "Topics: ice hockey and baseball. Related:"
    )
    engine = LlamaEngine(gguf)
    with OllamaServer(engine, [BASE]) as server, client_of(server, timeout=600.0) as client:
        answer = client.generate(BASE.name, shots, raw=True, **ASKED)
        token = first_token(answer)
        top = token.top_logprobs
        assert len(top) == 20 and answer.response == token.token == top[0].token
        words = [item.token.strip().lower() for item in top]
        assert "yes" in words and "no" in words
        assert sum(math.exp(item.logprob) for item in top) == pytest.approx(1.0, abs=0.1)
        assert answer.prompt_eval_count == len(engine.tokenize(shots))
        options = {"num_predict": 1, "num_ctx": 64}
        cut = client.generate(BASE.name, shots * 2, raw=True, options=options)
        assert cut.prompt_eval_count == 63
        parts = list(client.chat(BASE.name, MESSAGES, stream=True, options={"num_predict": 3}))
        assert parts[-1].eval_count == 3 and parts[-1].done_reason == "length"
        too_long = post(
            server,
            "/api/generate",
            model=BASE.name,
            prompt=shots * 2,
            raw=True,
            truncate=False,
            stream=False,
            options=options,
        )
        assert too_long.status_code == 400
    engine.close()
