"""How a server is asked is found out by asking it, before servers of different abilities."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from ollama_server import NoLogprobs, OllamaServer, ScriptedEngine, ServedModel, Status
from openai_server import CompatibleServer, PlainServer, ThinkingServer
from running import evaluator

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.openai import OpenAIBackend
from evaluator.backends.protocol import Backend, JudgeIdentity, Prompt, Reply, Shot
from evaluator.errors import JudgeUnavailable
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.scoring import CERTAIN, read_reply

WORDS = AnswerWords(yes=("Yes",), no=("No",))
PROBE = Prompt("Decide.", (Shot("One?", "Yes"),), "Two?", ("Yes", "No"))
PROMPT = Prompt("Decide.", (Shot("One?", "Yes"),), "Three?", ("Yes", "No"))
INSTRUCT = ServedModel("llama3.2")
BASE = ServedModel("gemma3-base", base=True)
KEY = "a-key-for-this-test"

THINKING_TEMPLATE = """
{%- for turn in messages %}{{ turn.content }}
{% endfor %}
{%- if enable_thinking %}<think>
Hmm, so{% else %}
Is water wet? Answer (Yes or No): Yes
Is fire cold? Answer (Yes or No): No
Is {{ messages[-1].content }} Answer (Yes or No):{% endif %}"""
"""Begins to think unless it is told not to; then it shows how to answer."""


def old_ollama(version: str, **settings: Any) -> OllamaServer:
    def answer(text: str) -> dict[str, float]:
        return {} if text.endswith("No") else {"No": 0.6, "Yes": 0.3}

    return OllamaServer(ScriptedEngine(answer), [INSTRUCT, BASE], version=version, **settings)


def ollama_judge(server: OllamaServer, model: str = "llama3.2") -> OllamaBackend:
    return OllamaBackend(model, server.url, timeout=60.0, concurrency=1, probe=PROBE)


def openai_judge(url: str, model: str = "judge", probe: Prompt = PROBE) -> OpenAIBackend:
    key = {"EVALUATOR_API_KEY": KEY}
    return OpenAIBackend(model, url, timeout=60.0, concurrency=1, probe=probe, environment=key)


def asked(judge: Backend, prompt: Prompt = PROMPT) -> tuple[JudgeIdentity, Reply]:
    async def ask() -> tuple[JudgeIdentity, Reply]:
        async with judge:
            return judge.identity, await judge.ask(prompt)

    return asyncio.run(ask())


@pytest.mark.parametrize("version", ["0.5.0", "0.9", "0.12.10", "0.12.10-rc1"])
def test_an_ollama_before_log_probabilities_is_limited_by_a_schema(version: str) -> None:
    with old_ollama(version) as server:
        identity, reply = asked(ollama_judge(server))
        body = server.bodies("/api/chat")[-1]
    assert (identity.scoring, identity.options) == ("schema", ("form=chat", "num_ctx=2048"))
    assert body["format"] == {"type": "string", "enum": ["Yes", "No"]}
    assert "logprobs" not in body and "top_logprobs" not in body
    assert body["options"] == {"num_ctx": 2048, "num_predict": 12, "temperature": 0.0}
    assert (reply.candidates, reply.said) == ((), '"No"')
    assert read_reply(reply, WORDS).logit == -CERTAIN


@pytest.mark.parametrize(
    ("version", "obeys_schemas"),
    [("0.1.0", True), ("0.4.7", True), ("0.12.10", False)],  # schemas came with 0.5
)
def test_an_ollama_that_obeys_no_schema_is_read_by_its_text(
    version: str, obeys_schemas: bool
) -> None:
    with old_ollama(version, obeys_schemas=obeys_schemas) as server:
        identity, reply = asked(ollama_judge(server))
        assert "format" not in server.bodies("/api/chat")[-1]
    assert identity.scoring == "text"
    assert (reply.candidates, reply.said) == ((), "No")


def test_a_base_model_on_an_old_ollama_is_still_asked_with_plain_text() -> None:
    with old_ollama("0.12.10") as server:
        identity, reply = asked(ollama_judge(server, "gemma3-base"))
        assert server.bodies("/api/chat") == []
        body = server.bodies("/api/generate")[-1]
    assert (body["raw"], body["prompt"]) == (True, PROMPT.text)
    assert (identity.scoring, identity.options[0]) == ("schema", "form=raw")
    assert read_reply(reply, WORDS).logit == -CERTAIN


def test_an_old_ollama_keeps_its_model_loaded_through_probe_and_questions() -> None:
    with old_ollama("0.12.10") as server:
        asked(ollama_judge(server))
        assert server.catalogue.loads == ["llama3.2:latest"]


@pytest.mark.parametrize("version", ["0.12.11", "0.12.11-rc0", "0.13.0", "1.0"])
def test_an_ollama_with_log_probabilities_is_not_probed(version: str) -> None:
    with old_ollama(version) as server:
        identity, reply = asked(ollama_judge(server))
        assert len(server.bodies("/api/chat")) == 1
    assert identity.scoring == "logprobs"
    assert len(reply.candidates) == 2


@pytest.mark.parametrize("version", ["0.0.0", "dev", "custom-1"])
def test_an_ollama_built_by_its_user_shows_what_it_can(version: str) -> None:
    with old_ollama(version) as server:
        assert asked(ollama_judge(server))[0].scoring == "logprobs"
        server.faults.add(NoLogprobs())
        assert asked(ollama_judge(server))[0].scoring == "schema"


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_fault_while_probing_says_nothing_about_how_to_ask(after: int) -> None:
    with old_ollama("0.12.10", obeys_schemas=False) as server:
        server.faults.add(Status(code=503, after=after))
        with pytest.raises(JudgeUnavailable, match=r"no Ollama server answers .*http-503"):
            asked(ollama_judge(server))


def forms_asked(server: CompatibleServer) -> list[object]:
    return [body.get("chat_template_kwargs") for body in server.requests]


def test_a_model_that_thinks_is_asked_without_thinking() -> None:
    with ThinkingServer() as server:
        identity, reply = asked(openai_judge(server.url))
        # Chat, plain text (there is none), chat without thinking; then the question.
        assert forms_asked(server) == [None, None, *[{"enable_thinking": False}] * 2]
    assert (identity.scoring, identity.options) == ("logprobs", ("form=chat-without-thinking",))
    assert read_reply(reply, WORDS).mass == pytest.approx(1.0)


def test_a_model_that_thinks_is_asked_without_thinking_where_only_its_text_is_read() -> None:
    with ThinkingServer(gives_logprobs=False) as server:
        identity, reply = asked(openai_judge(server.url))
    assert (identity.scoring, identity.options) == ("text", ("form=chat-without-thinking",))
    assert reply.said == "No"


@pytest.mark.parametrize("gives_logprobs", [True, False])
def test_a_server_that_refuses_to_be_told_is_asked_as_it_can(gives_logprobs: bool) -> None:
    with ThinkingServer(takes_arguments=False, gives_logprobs=gives_logprobs) as server:
        identity, reply = asked(openai_judge(server.url))
    assert (identity.scoring, identity.options) == ("text", ("form=chat",))
    assert reply.said.startswith("<think>")


def test_a_model_that_answers_at_once_is_not_told_to_stop_thinking() -> None:
    with PlainServer(lambda _: "Yes", knows_schema=True) as server:
        identity, _ = asked(openai_judge(server.url))
        # Without logprobs every mass is 0, so all three forms were tried; a schema sufficed then.
        assert forms_asked(server) == [None, None, {"enable_thinking": False}, None, None]
    assert (identity.scoring, identity.options) == ("schema", ("form=chat",))


def test_llama_cpp_is_told_not_to_think_through_its_template(gguf: Path) -> None:
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
    params.chat_template = THINKING_TEMPLATE
    params.default_template_kwargs = {"enable_thinking": "true"}
    server = xllamacpp.Server(params)
    # As plain text the last word of this prompt is followed by anything.
    probe = Prompt("Go on.", (), "grass green?", ("Yes", "No"))
    identity, reply = asked(openai_judge(server.listening_address, "gemma", probe), probe)
    assert (identity.scoring, identity.options) == ("logprobs", ("form=chat-without-thinking",))
    assert read_reply(reply, WORDS).mass > 0.5


def test_a_run_on_an_old_server_without_a_gpu_says_so_and_gives_verdicts(tmp_path: Path) -> None:
    def answer(text: str) -> dict[str, float]:
        question = text.rpartition("<|im_start|>user")[2]
        if "Answer with Yes or No only." not in question:
            return {"It": 0.9} if not text.endswith("It") else {" depends": 0.9}
        return {"No": 0.9} if not text.endswith("No") else {}

    path = tmp_path / "predictions.csv"
    path.write_text("id,predicted,gold\n1,trains,trams\n2,ships,trams\n", "utf-8")
    model = ServedModel("llama3.2", gpu_share=0.0)
    save_to = tmp_path / "run"
    with OllamaServer(ScriptedEngine(answer), [model], version="0.4.0") as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
        ended = evaluator("judge", "--predictions", path, *judge, "--save-to", save_to)
    assert ended.code == 0, ended.err
    said = [line for line in ended.err.splitlines() if line.startswith("Warning: The judge")]
    assert len(said) == 2
    plain, slow = (line.removeprefix("Warning: ") for line in said)
    assert plain.startswith("The judge gives no probabilities and only says yes or no (text scor")
    assert slow == "The judge ran on the CPU."
    report = (save_to / "report.md").read_text("utf-8")
    assert f"- {plain}\n" in report and f"- {slow}\n" in report
    summary = json.loads((save_to / "summary.json").read_text("utf-8"))
    assert (summary["judge"]["scoring"], summary["usage"]["outside_gpu"]) == ("text", 1.0)
    assert summary["error_relevance"]["mean"] == pytest.approx(0.0, abs=1e-6)
