"""Serves Ollama's protocol to the network, with one small real model behind every name."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ollama_server import Completion, LlamaEngine, OllamaServer, ServedModel
from ollama_server.faults import Hang

from evaluator.backends.gguf import packaged_gguf

PORT = 11434
REGISTRY = [ServedModel("llama3.2", base=True), ServedModel("gemma3", base=True)]
PULLED = Path("/root/.ollama/models")


LEAST_SECONDS = 0.05
"""That an answer takes: on the fastest machine a run of many is long enough to be disturbed."""


class Unhurried(LlamaEngine):
    """A real model that is nowhere quicker than it is on a small machine."""

    def complete(
        self, prompt: str | Sequence[int], n_predict: int, top_logprobs: int
    ) -> Completion:
        """Continue the prompt greedily, and take that time at least."""
        until = time.monotonic() + LEAST_SECONDS
        completed = super().complete(prompt, n_predict, top_logprobs)
        time.sleep(max(0.0, until - time.monotonic()))
        return completed


def stop(signum: int, frame: object) -> NoReturn:
    sys.exit(0)


def main() -> None:
    """Serve until stopped; what was pulled is kept in the volume."""
    signal.signal(signal.SIGTERM, stop)
    PULLED.mkdir(parents=True, exist_ok=True)
    kept = [model for model in REGISTRY if (PULLED / model.full_name).exists()]
    slow = Hang(seconds=float(os.environ.get("SLOW", "0")))
    engine = Unhurried(packaged_gguf())
    server = OllamaServer(engine, kept, [slow], registry=REGISTRY, host="0.0.0.0", port=PORT)
    with server:
        print(f"Listening on [::]:{PORT}", flush=True)
        while True:
            for model in server.catalogue.tags().documents[0]["models"]:
                (PULLED / model["name"]).touch()
            time.sleep(0.1)


if __name__ == "__main__":
    main()
