"""How the tests of the server ask it."""

from typing import Any

import httpx
import ollama

from . import Fault, OllamaServer, ScriptedEngine, ServedModel

INSTRUCT = ServedModel("llama3.2")
BASE = ServedModel("gemma3-base:270m", base=True, family="gemma3")
THINKER = ServedModel("qwen3", capabilities=("completion", "thinking"))
MODELS = (INSTRUCT, BASE, THINKER)
ASKED: dict[str, Any] = {
    "logprobs": True,
    "top_logprobs": 20,
    "options": {"num_predict": 1, "num_ctx": 2048, "temperature": 0.0, "seed": 1},
}
MESSAGES = [
    {"role": "system", "content": "Answer Yes or No."},
    {"role": "user", "content": "Is ice hockey related to baseball?"},
]


def yes_or_no(prompt: str) -> dict[str, float]:
    """Say a whole sentence, one token at a time."""
    ends = {"Yes": {",": 1.0}, ",": {" of": 1.0}, " of": {" course": 1.0}, " course": {}}
    for end, following in ends.items():
        if prompt.endswith(end):
            return following
    return {"Yes": 0.7, "No": 0.2, " yes": 0.1}


def serve(*faults: Fault, **kwargs: Any) -> OllamaServer:
    return OllamaServer(ScriptedEngine(yes_or_no), MODELS, faults, **kwargs)


def client_of(server: OllamaServer, **kwargs: Any) -> ollama.Client:
    return ollama.Client(host=server.url, **{"timeout": 60.0, "follow_redirects": False, **kwargs})


def post(server: OllamaServer, path: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{server.url}{path}", json=body, timeout=60.0)


def ask(server: OllamaServer, **kwargs: Any) -> ollama.ChatResponse:
    with client_of(server, **kwargs) as client:
        response: ollama.ChatResponse = client.chat("llama3.2", MESSAGES, **ASKED)
        return response


def first_token(response: Any) -> Any:
    (token,) = response.logprobs
    return token
