"""The interviewer, before scripted judges and a real server that drips."""

import asyncio
import math
from collections.abc import Iterator

import pytest
from ollama_server import Drip, OllamaServer, ScriptedEngine, ServedModel

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import (
    Prompt,
    Reply,
    ServerGone,
    TokenProbability,
    TryAgain,
    Unanswered,
)
from evaluator.errors import JudgeUnavailable, StorageFailed
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading

from .interviews import (
    USAGE,
    Outcome,
    Script,
    Scripted,
    at_once,
    broken_interview,
    failing,
    interview,
    interviewer,
    never,
    questions,
    reply,
)


def test_every_question_is_asked_once_and_its_answer_read() -> None:
    async def script(number: str, attempt: int) -> Reply:
        return reply(yes=0.1 * (int(number) + 1))

    heard, backend = interview(script, questions(5), concurrency=2)
    assert backend.attempts == {str(number): 1 for number in range(5)}
    for number in range(5):
        answer = heard[str(number)]
        assert isinstance(answer, Answer)
        yes = 0.1 * (number + 1)
        assert answer.reading == Reading(
            pytest.approx(math.log(yes / 0.3)), pytest.approx(yes + 0.3)
        )
        assert answer.usage == USAGE
        assert 0 <= answer.seconds < 60


def test_nothing_to_ask_is_no_work() -> None:
    heard, backend = interview(never, [], concurrency=3)
    assert heard == {} and not backend.attempts


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_as_many_questions_are_in_flight_as_the_judge_allows(concurrency: int) -> None:
    async def script(number: str, attempt: int) -> Reply:
        await asyncio.sleep(0.001)
        return reply()

    heard, backend = interview(script, questions(30), concurrency=concurrency)
    assert len(heard) == 30
    assert backend.peak == concurrency


def test_questions_are_taken_only_when_they_can_be_asked() -> None:
    taken = 0

    def source() -> Iterator[Question]:
        nonlocal taken
        for question in questions(10):
            taken += 1
            yield question

    async def script(number: str, attempt: int) -> Reply:
        assert taken <= int(number) + 2
        await asyncio.sleep(0)
        return reply()

    assert len(interview(script, source(), concurrency=2)[0]) == 10


def test_a_fault_that_passes_leaves_an_answer() -> None:
    script = failing(TryAgain("http-503"), 1, attempts=2)
    heard, backend = interview(script, questions(3))
    assert all(isinstance(outcome, Answer) for outcome in heard.values())
    assert backend.attempts == {"0": 1, "1": 3, "2": 1}


def test_a_fault_that_stays_leaves_the_last_reason() -> None:
    async def script(number: str, attempt: int) -> Reply:
        raise TryAgain(f"http-{500 + attempt}")

    heard, backend = interview(script, questions(1))
    assert heard == {"0": NoAnswer(questions(1)[0], "http-503")}
    assert backend.attempts == {"0": 3}


def test_one_attempt_means_no_retry() -> None:
    policy = AskingPolicy(attempts=1, longest_wait=0.0)
    heard, backend = interview(failing(TryAgain("bad-response"), 0), questions(2), policy=policy)
    assert isinstance(heard["0"], NoAnswer) and isinstance(heard["1"], Answer)
    assert backend.attempts["0"] == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (failing(Unanswered("prompt-too-long"), 0), "prompt-too-long"),
        (
            lambda *_: asyncio.sleep(0, Reply((TokenProbability("Maybe", -0.1),), USAGE)),
            "no-answer-word",
        ),
        (
            lambda *_: asyncio.sleep(0, Reply((TokenProbability("Yes", math.nan),), USAGE)),
            "bad-logprobs",
        ),
    ],
)
def test_what_another_attempt_cannot_mend_is_not_tried_again(script: Script, reason: str) -> None:
    heard, backend = interview(script, questions(1))
    assert heard == {"0": NoAnswer(questions(1)[0], reason)}
    assert backend.attempts == {"0": 1}


def test_an_attempt_that_takes_too_long_is_a_fault() -> None:
    async def script(number: str, attempt: int) -> Reply:
        return await (never if number == "0" else at_once)(number, attempt)

    policy = AskingPolicy(timeout=0.01, attempts=2, longest_wait=0.0)
    heard, backend = interview(script, questions(2), policy=policy)
    assert heard["0"] == NoAnswer(questions(1)[0], "timeout")
    assert isinstance(heard["1"], Answer)
    assert backend.attempts["0"] == backend.cancelled == 2


def test_a_server_that_drips_is_given_up_although_each_piece_is_in_time() -> None:
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.3})
    policy = AskingPolicy(timeout=0.3, attempts=1, longest_wait=0.0)
    heard: list[Outcome] = []

    async def ask() -> None:
        drip = Drip(pause=0.1, piece=10)
        with OllamaServer(engine, [ServedModel("llama3.2")], [drip]) as server:
            probe = Prompt("Decide.", (), "Is it?", ("Yes", "No"))
            backend = OllamaBackend(
                "llama3.2", server.url, timeout=60.0, concurrency=1, probe=probe
            )
            async with backend:
                await interviewer(backend, policy).ask_all(questions(1), heard.append)

    asyncio.run(ask())
    assert heard == [NoAnswer(questions(1)[0], "timeout")]


def test_a_server_that_is_gone_ends_the_interview_and_keeps_what_was_heard() -> None:
    gone = ServerGone("connection-refused", "no server at http://host")
    message, heard, backend = broken_interview(failing(gone, 3), questions(9), JudgeUnavailable)
    assert message == (
        "the judge stopped answering (connection-refused: no server at http://host)."
    )
    assert heard == ["0", "1", "2"]
    assert backend.attempts == {"0": 1, "1": 1, "2": 1, "3": 3}


def test_a_server_that_comes_back_in_time_is_not_gone() -> None:
    script = failing(ServerGone("connection-refused"), 3, attempts=2)
    heard, _ = interview(script, questions(5))
    assert all(isinstance(outcome, Answer) for outcome in heard.values())


def test_a_judge_that_fails_at_five_questions_in_a_row_is_given_up() -> None:
    script = failing(TryAgain("http-500", "boom"), *range(2, 9))
    message, heard, backend = broken_interview(script, questions(9), JudgeUnavailable)
    assert message == "the judge failed at 5 questions in a row (http-500: boom)."
    assert heard == ["0", "1", "2", "3", "4", "5"]  # four faults were unanswered questions
    assert "7" not in backend.attempts


def test_answers_between_faults_keep_the_interview_going() -> None:
    unlucky = [number for number in range(20) if number % 5]  # four in a row, then an answer
    heard, _ = interview(failing(TryAgain("http-500"), *unlucky), questions(20))
    assert sum(isinstance(outcome, NoAnswer) for outcome in heard.values()) == 16


def test_questions_that_have_no_answer_do_not_speak_against_the_judge() -> None:
    heard, _ = interview(failing(Unanswered("prompt-too-long"), *range(20)), questions(20))
    assert len(heard) == 20


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_judge_that_lost_its_model_ends_the_interview_at_once(concurrency: int) -> None:
    lost = JudgeUnavailable("the model is gone.")
    message, heard, backend = broken_interview(
        failing(lost, 4), questions(30), JudgeUnavailable, concurrency=concurrency
    )
    assert message == "the model is gone."
    assert len(heard) <= 4 + concurrency
    assert backend.attempts["4"] == 1
    assert backend.in_flight == 0


def test_what_was_in_flight_at_a_failure_is_cancelled() -> None:
    async def script(number: str, attempt: int) -> Reply:
        if number == "2":
            await asyncio.sleep(0.01)
            raise JudgeUnavailable("gone.")
        return await never(number, attempt)

    _, heard, backend = broken_interview(script, questions(9), JudgeUnavailable, concurrency=3)
    assert heard == []
    assert backend.cancelled == 2
    assert sorted(backend.attempts) == ["0", "1", "2"]


def test_a_listener_that_fails_ends_the_interview_with_its_own_error() -> None:
    def hear(outcome: Outcome) -> None:
        raise StorageFailed("the disk is full.")

    backend = Scripted(at_once, 4)
    with pytest.raises(StorageFailed, match="the disk is full"):
        asyncio.run(interviewer(backend).ask_all(questions(9), hear))


def test_an_interview_can_be_cancelled_and_keeps_what_was_heard() -> None:
    async def script(number: str, attempt: int) -> Reply:
        return await (at_once if int(number) < 3 else never)(number, attempt)

    backend = Scripted(script, 2)
    heard: list[Outcome] = []

    async def start_and_cancel() -> None:
        asking = asyncio.create_task(interviewer(backend).ask_all(questions(9), heard.append))
        while backend.in_flight < 2:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(start_and_cancel())
    assert [outcome.question.first for outcome in heard] == ["0", "1", "2"]
    assert backend.cancelled == 2 and backend.in_flight == 0
