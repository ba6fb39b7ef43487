"""Walking with the doctor, in this process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ollama_server import Fault, OllamaServer, ScriptedEngine, ServedModel

from evaluator.report.diagnosis import Finding
from evaluator.run.configuration import settings_from
from evaluator.run.doctor.diagnosing import diagnose
from evaluator.run.doctor.surroundings import Surroundings
from evaluator.run.doctor.walking import Walk
from evaluator.run.settings import DoctorSettings

Findings = dict[str, Finding]


def sensible(prompt: str) -> dict[str, float]:
    """Say yes to beer and hops, no to all else."""
    yes = 0.9 if "hop growing" in prompt.rpartition("<|im_start|>user")[2] else 0.1
    return {"Yes": yes, "No": 0.98 - yes}


def judge_server(*faults: Fault, seconds: float = 0.0, **settings: Any) -> OllamaServer:
    """A server with a sensible judge and four slots, unless a test says otherwise."""
    named: dict[str, Any] = {"models": [ServedModel("llama3.2")], "parallel": 4, **settings}
    return OllamaServer(ScriptedEngine(sensible, seconds=seconds), faults=faults, **named)


def walked(seconds: float = 60.0, here: Surroundings | None = None, **flags: Any) -> list[Finding]:
    """Return what the doctor finds."""

    def read() -> DoctorSettings:
        return settings_from(DoctorSettings, None, flags)

    return list(diagnose(read, lambda *_: None, Walk(seconds), here or Surroundings()))


def diagnosed(server: OllamaServer | str, **flags: Any) -> Findings:
    """Return what the doctor finds of llama3.2 on a server, by step."""
    url = server if isinstance(server, str) else server.url
    found = walked(**{"judge": ("ollama:llama3.2",), "judge_url": (url,), **flags})
    return {one.step: one for one in found}


@contextmanager
def deaf_port() -> Iterator[str]:
    """Yield an address that refuses connections: its port is taken and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def mute_port() -> Iterator[str]:
    """Yield an address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
