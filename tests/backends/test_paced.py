"""The pace before real servers: those that tell waits, those that tell slots, those that do not."""

import asyncio
import time
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from openai_server import CompatibleServer

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


def asked(judge: PacedServer, questions: int) -> int:
    """Ask so many questions at its pace, and return how many were in flight at the end."""

    async def work(_: int) -> None:
        await judge.ask(PROMPT)

    async def interview() -> int:
        async with judge:
            await side_by_side(lambda: judge.concurrency, range(questions), work)
            return judge.concurrency

    return asyncio.run(interview())


@pytest.mark.parametrize("slots", [1, 4])
def test_an_ollama_server_with_so_many_slots_gets_one_question_more(slots: int) -> None:
    with server(seconds=0.2, parallel=slots) as running:
        # A busy machine, on which questions are long under way, takes one more for that.
        assert asked(paced(running), 20 * slots) in {slots, slots + 1, slots + 2}
        # Doubled from two, and back at the first wait.
        assert running.peak_in_flight <= 2 * slots + 1


def answer_in_time(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    time.sleep(0.1)
    top = [{"token": "Yes", "logprob": -0.1}, {"token": "No", "logprob": -2.4}]
    logprobs = {"content": [{"top_logprobs": top}]}
    choice = {"message": {"content": "Yes"}, "text": "Yes", "logprobs": logprobs}
    return 200, {"choices": [choice], "usage": {"prompt_tokens": 40, "completion_tokens": 1}}


def test_a_server_that_tells_its_slots_gets_one_question_more_from_the_start() -> None:
    with CompatibleServer(answer_in_time, properties={"total_slots": 3}) as running:
        assert asked(compatible(running.url), 1) == 4


@pytest.mark.parametrize("told", [{"total_slots": 0}, {"total_slots": "many"}, {}])
def test_slots_that_make_no_sense_are_not_believed(told: dict[str, Any]) -> None:
    with CompatibleServer(answer_in_time, properties=told) as running:
        assert asked(compatible(running.url), 1) == FIRST_IN_FLIGHT


def test_a_server_that_tells_nothing_is_followed_by_its_rate() -> None:
    with CompatibleServer(answer_in_time) as running:  # which works on any number at a time
        assert asked(compatible(running.url), 100) >= 4


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
