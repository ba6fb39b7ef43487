"""An Ollama server for the tests of what registers models there, with answers of one word."""

from typing import Any

from ollama_server import Fault, OllamaServer, ScriptedEngine, ServedModel

BASE = ServedModel("base:1b", family="llama", size=1_000_000, quantization="F16")


def yes(prompt: str) -> dict[str, float]:
    return {"Yes": 0.75, "No": 0.25}


def serving(*faults: Fault, answer: Any = yes, **kwargs: Any) -> OllamaServer:
    return OllamaServer(ScriptedEngine(answer), [BASE], faults, **kwargs)
