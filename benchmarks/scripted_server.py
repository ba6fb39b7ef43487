"""`python -m benchmarks.scripted_server SLOTS SECONDS`: the protocol server in its own process.

It answers each question in the same time, prints its address, and ends with its standard input.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ollama_server import OllamaServer, ScriptedEngine, ServedModel

MODEL = "llama3.2"


@contextmanager
def scripted_server(slots: int, seconds: float) -> Iterator[str]:
    """Yield the address of a server that works on so many questions at a time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scripted_server", str(slots), str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()


def _serve(slots: int, seconds: float) -> None:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4}, seconds=seconds)
    with OllamaServer(engine, models=[ServedModel(MODEL)], parallel=slots) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
