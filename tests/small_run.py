"""A small run of `evaluator judge` that tests disturb, with a judge that takes its time."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import PATIENCE, journaled

LABELS = ("ships", "trains", "planes", "buses", "bicycles", "trams")
QUESTIONS = len(LABELS) * (len(LABELS) - 1)
CASES = 60
ANSWERS_BEFORE_THE_GATE = 4


def answer(text: str) -> dict[str, float]:
    """A judge whose answer depends on the question alone."""
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}


def judge_server(seconds: float) -> OllamaServer:
    """A server, not yet entered, that answers one question at a time, each in so many seconds."""
    return OllamaServer(ScriptedEngine(answer, seconds=seconds), models=[ServedModel("llama3.2")])


class GatedJudge(OllamaServer):
    """A server that answers a few questions, and the others once its gate opens.

    A run that it judges is at work for as long as a test needs it.

    Args:
        answers: How many it gives before that.
    """

    def __init__(self, answers: int = ANSWERS_BEFORE_THE_GATE) -> None:
        self._answers = answers
        self._gate = threading.Event()
        self._count = itertools.count(1)
        super().__init__(ScriptedEngine(self._answer), models=[ServedModel("llama3.2")])

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        self.open_gate()  # what waits there gets no answer any more

    def open_gate(self) -> None:
        """Let the run go on to its end."""
        self._gate.set()

    def _answer(self, text: str) -> dict[str, float]:
        if next(self._count) > self._answers:
            self._gate.wait(PATIENCE)
        return answer(text)


def write_predictions(path: Path, cases: int = CASES) -> Path:
    """Write predictions in which every label occurs."""
    draw = random.Random(7)
    rows = [f"{n},{draw.choice(LABELS)},{draw.choice(LABELS)}" for n in range(cases)]
    path.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")
    return path


def judge_command(
    predictions: Path | str, server: OllamaServer, save_to: Path | str
) -> list[object]:
    """The arguments of a run with two questions in flight."""
    judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url, "--concurrency", 2]
    return ["judge", "--predictions", predictions, *judge, "--save-to", save_to]


def wait_for_answers(save_to: Path, count: int, process: "Popen[str]") -> None:
    """Wait until a running process has journaled so many answers."""
    wait_until(lambda: len(journaled(save_to, "answers")) >= count, process)


def wait_until(holds: Callable[[], object], process: "Popen[str]") -> None:
    """Wait until a running process has done something."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def asked(server: OllamaServer) -> Counter[str]:
    """How often each question was asked; a kill can cut a request short, which counts as none."""
    whole = [body for body in server.bodies("/api/chat") if body]
    return Counter(body["messages"][-1]["content"] for body in whole)
