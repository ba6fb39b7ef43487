"""The pace before real servers: those that tell waits, those that tell slots, those that do not."""

import asyncio
from contextvars import ContextVar
from statistics import median
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from openai_server import CompatibleServer

from evaluator.backends import paced as paced_module
from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.openai import OpenAIBackend
from evaluator.backends.paced import PacedServer
from evaluator.backends.pacing import FIRST_IN_FLIGHT, MOST_IN_FLIGHT
from evaluator.backends.protocol import Prompt
from evaluator.errors import JudgeUnavailable
from evaluator.judge.patience import side_by_side

PROMPT = Prompt("Decide.", (), "Is it?", ("Yes", "No"))


def server(seconds: float, parallel: int) -> OllamaServer:
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.3}, seconds=seconds)
    return OllamaServer(engine, [ServedModel("llama3.2")], parallel=parallel)


def paced(running: OllamaServer) -> PacedServer:
    backend = OllamaBackend(
        "llama3.2", running.url, timeout=30.0, concurrency=MOST_IN_FLIGHT, probe=PROMPT
    )
    return PacedServer(backend)


def compatible(url: str) -> PacedServer:
    backend = OpenAIBackend(
        "judge", url, timeout=30.0, concurrency=MOST_IN_FLIGHT, probe=PROMPT, environment={}
    )
    return PacedServer(backend)


def paces(judge: PacedServer, questions: int) -> list[int]:
    """Ask so many questions at its pace, and return that after each answer."""
    found: list[int] = []

    async def work(_: int) -> None:
        await judge.ask(PROMPT)
        found.append(judge.concurrency)

    async def interview() -> None:
        async with judge:
            await side_by_side(lambda: judge.concurrency, range(questions), work)

    asyncio.run(interview())
    return found


@pytest.mark.parametrize("slots", [1, 4])
def test_an_ollama_server_with_so_many_slots_gets_one_question_more(slots: int) -> None:
    with server(seconds=0.2, parallel=slots) as running:
        found = paces(paced(running), 20 * slots)
        # A busy machine, on which questions are long under way, takes one more for that, and for a
        # while more where it stands still.
        assert median(found[10 * slots :]) in {slots, slots + 1, slots + 2}
        # Doubled from two, and back at the first wait that is seen.
        assert running.peak_in_flight <= 4 * slots


def answer(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    top = [{"token": "Yes", "logprob": -0.1}, {"token": "No", "logprob": -2.4}]
    logprobs = {"content": [{"top_logprobs": top}]}
    choice = {"message": {"content": "Yes"}, "text": "Yes", "logprobs": logprobs}
    return 200, {"choices": [choice], "usage": {"prompt_tokens": 40, "completion_tokens": 1}}


def test_a_server_that_tells_its_slots_gets_one_question_more_from_the_start() -> None:
    with CompatibleServer(answer, properties={"total_slots": 3}) as running:
        assert paces(compatible(running.url), 1) == [4]


@pytest.mark.parametrize("told", [{"total_slots": 0}, {"total_slots": "many"}, {}])
def test_slots_that_make_no_sense_are_not_believed(told: dict[str, Any]) -> None:
    with CompatibleServer(answer, properties=told) as running:
        assert paces(compatible(running.url), 1) == [FIRST_IN_FLIGHT]


class SecondForEach:
    """A clock on which every answer takes a second, however many are in flight.

    It is read when a question is asked and when its answer comes, in the task that asked.
    """

    def __init__(self) -> None:
        self._read = ContextVar("read", default=0)

    def monotonic(self) -> float:
        """Be a second later than the last time in this task."""
        self._read.set(self._read.get() + 1)
        return float(self._read.get())


def test_a_server_that_tells_nothing_is_followed_by_its_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paced_module, "time", SecondForEach())
    with CompatibleServer(answer) as running:  # which works on any number at a time
        assert paces(compatible(running.url), 100)[-1] >= 4


def test_a_question_without_an_answer_leaves_its_place() -> None:
    async def ask() -> None:
        async with judge:
            running.catalogue.remove("llama3.2")
            for _ in range(3):
                with pytest.raises(JudgeUnavailable, match="lost the model"):
                    await judge.ask(PROMPT)
            running.catalogue.add(ServedModel("llama3.2"))
            for _ in range(40):
                await judge.ask(PROMPT)
            # Never were two in flight, so nothing is known that would change the pace.
            assert judge.concurrency == FIRST_IN_FLIGHT

    with server(seconds=0.0, parallel=1) as running:
        judge = paced(running)
        asyncio.run(ask())
