"""What shows in answers alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from diagnoses import diagnosed, judge_server, walked
from ollama_server import (
    Fault,
    Hang,
    NoLogprobs,
    OllamaServer,
    ScriptedEngine,
    ServedModel,
    Status,
)
from ollama_server.reply import Document, Reply
from openai_server import ThinkingServer

COMPUTING = 0.4
BEFORE_THE_SLOTS = 4
"""Questions for the verdict: two pairs, each in both orders."""


@dataclass(frozen=True, kw_only=True)
class Told(Fault):
    """The server tells that a question waited so many seconds, and then how long it computed."""

    waiting: float = 0.0
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Tell it, whatever it was in truth."""
        return reply.altered(self._alter)

    def _alter(self, document: Document) -> Document:
        half = round(COMPUTING * 1e9 / 2)
        total = round((COMPUTING + self.waiting) * 1e9)
        told = {"load_duration": 0, "prompt_eval_duration": half, "eval_duration": half}
        return {**document, "total_duration": total, **told}


def told_by_slots(slots: int) -> Iterator[Fault]:
    """What is told by a server with so many slots, of one question alone and of four at once."""
    yield Told()
    for number in range(4):
        turn = number // slots
        yield Told(after=BEFORE_THE_SLOTS + 1 + number, times=1, waiting=turn * COMPUTING)


def test_the_verdict_tells_both_pairs_the_scoring_the_mass_and_the_time() -> None:
    with judge_server() as server:
        found = diagnosed(server)["verdict"]
    assert found.state == "ok"
    # Both orders of the related pair get 0.9 against 0.08, of the other 0.1 against 0.88:
    # 0.9 / 0.98 = 0.918 and 0.1 / 0.98 = 0.102.
    assert re.fullmatch(
        r"“craft beer / hop growing” 0\.92 related, "
        r"“stock photography / livestock breeding” 0\.10; "
        r"logprobs scoring, label mass 0\.98; [\d.]+ s a question, the first [\d.]+ s",
        found.found,
    )


def test_a_judge_that_sees_it_the_other_way_round_is_a_warning() -> None:
    def wrong(prompt: str) -> dict[str, float]:
        yes = 0.2 if "hop growing" in prompt.rpartition("<|im_start|>user")[2] else 0.7
        return {"Yes": yes, "No": 0.9 - yes}

    with OllamaServer(ScriptedEngine(wrong), [ServedModel("llama3.2")]) as server:
        found = diagnosed(server)["verdict"]
    assert found.state == "warning"
    assert found.found.endswith(
        "before calibration the unrelated pair looks as related as the other"
    )
    assert found.advice is not None
    assert found.advice.startswith("two pairs prove little")


def test_a_judge_that_would_rather_say_something_else_is_a_warning() -> None:
    def chatty(prompt: str) -> dict[str, float]:
        yes = 0.2 if "hop growing" in prompt.rpartition("<|im_start|>user")[2] else 0.1
        return {"Well": 0.7, "Yes": yes, "No": 0.05}

    with OllamaServer(ScriptedEngine(chatty), [ServedModel("llama3.2")]) as server:
        found = diagnosed(server)["verdict"]
    assert found.state == "warning"
    # 0.1 + 0.05 of the unrelated pair is the least.
    assert "label mass 0.15" in found.found


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Status(code=400, error="no"), "http-400"), (Status(code=500, error="no"), "http-500")],
)
def test_a_server_that_refuses_questions_fails_at_the_verdict(fault: Status, reason: str) -> None:
    with judge_server(fault) as server:
        found = diagnosed(server)
    assert found["verdict"].state == "failed"
    assert found["verdict"].found == f"the judge is there and gives no verdict ({reason})"
    assert found["GPU"].state == "not reached"


def test_patience_with_an_answer_is_that_of_the_timeout() -> None:
    with judge_server(Hang(seconds=60.0)) as server:
        found = diagnosed(server, timeout=3.0)
    assert found["verdict"].found == "the judge is there and gives no verdict (timeout)"


def test_a_server_that_forgets_its_probabilities_fails_at_the_verdict() -> None:
    with judge_server(NoLogprobs()) as server:
        found = diagnosed(server)
    assert found["verdict"].found == "the judge is there and gives no verdict (no-logprobs)"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "The judge ran on the CPU"),
        (0.5, "The judge ran with 50.0 % of its weights outside of GPU memory"),
    ],
)
def test_a_judge_outside_of_gpu_memory_is_a_warning(share: float, text: str) -> None:
    with judge_server(models=[ServedModel("llama3.2", gpu_share=share)]) as server:
        found = diagnosed(server)["GPU"]
    assert (found.state, text in found.found) == ("warning", True)
    assert found.advice is not None
    assert "run Ollama natively" in found.advice


def test_the_context_of_the_loaded_model_is_told_beside_what_it_was_trained_for() -> None:
    with judge_server(models=[ServedModel("llama3.2", context_length=131_072)]) as server:
        found = diagnosed(server)["context"]
    assert found.found == (
        "2048 tokens of the 131072 that the model was trained for; every question asks for that "
        "many"
    )


def test_a_model_with_a_shorter_context_than_asked_for_is_a_warning() -> None:
    with judge_server(models=[ServedModel("llama3.2", context_length=1024)]) as server:
        found = diagnosed(server)["context"]
    assert found.state == "warning"
    assert found.found == (
        "1024 tokens of the 1024 that the model was trained for, where 2048 are asked for"
    )


def test_a_server_with_one_slot_is_found_out_by_what_questions_wait() -> None:
    with judge_server(*told_by_slots(1)) as server:
        found = diagnosed(server, concurrency=4)["parallel slots"]
        assert len(server.bodies("/api/chat")) == BEFORE_THE_SLOTS + 1 + 4
    assert found.state == "warning"
    assert "the server works on 1 at a time, the others wait" in found.found
    assert found.advice == (
        "set OLLAMA_NUM_PARALLEL where Ollama runs (4 for that many), or ask with --concurrency 1."
    )


def test_a_server_with_one_slot_is_fine_where_the_number_is_found_by_itself() -> None:
    with judge_server(*told_by_slots(1)) as server:
        found = diagnosed(server)["parallel slots"]
    assert found.state == "ok"
    assert found.found.endswith("the server works on 1 at a time, which a run finds by itself")


def test_a_server_with_as_many_slots_as_questions_is_fine() -> None:
    with judge_server(*told_by_slots(4)) as server:
        found = diagnosed(server)["parallel slots"]
    assert found.state == "ok"
    assert found.found.endswith("the server works on at least 4 at a time")


def test_one_question_at_a_time_needs_no_slots() -> None:
    with judge_server() as server:
        assert diagnosed(server, concurrency=1)["parallel slots"].state == "skipped"


def test_a_model_that_can_think_is_told_not_to() -> None:
    model = ServedModel("llama3.2", capabilities=("completion", "thinking"))
    with judge_server(models=[model]) as server:
        assert diagnosed(server)["thinking"].found == "it can think, and is told not to"
    with judge_server() as server:
        assert diagnosed(server)["thinking"].found == "it does not think first"


@pytest.mark.parametrize(
    ("server", "state", "text"),
    [
        (ThinkingServer(), "ok", "it can think, and is told not to"),
        (
            ThinkingServer(gives_logprobs=False),
            "skipped",
            "not known of a server without log probabilities",
        ),
    ],
)
def test_of_an_openai_compatible_server_it_is_known_from_its_first_token(
    server: ThinkingServer, state: str, text: str
) -> None:
    with server:
        found = {one.step: one for one in walked(judge=(f"openai:judge@{server.url}",))}
    assert found["context"].found == "the server does not tell"
    assert (found["thinking"].state, found["thinking"].found) == (state, text)
