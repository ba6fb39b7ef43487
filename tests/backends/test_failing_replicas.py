"""One judge on several servers, some of which fail."""

import asyncio
from urllib.parse import urlsplit

import pytest
from ollama_server import Fault, Hang, OllamaServer, Reset, ServedModel, Status

from evaluator.backends import replica
from evaluator.backends import replicas as module
from evaluator.backends.protocol import Reply, ServerGone, TryAgain, Unanswered
from evaluator.errors import JudgeUnavailable
from evaluator.judge.patience import AskingPolicy, Patience

from .replica_servers import PROMPT, asked, during, replicas, server, stop, warnings


def test_a_server_that_is_gone_is_put_aside_with_one_warning(
    pair: tuple[OllamaServer, OllamaServer], caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> list[Reply]:
        stop(pair[0])
        return [await judge.ask(PROMPT) for _ in range(5)]

    judge = replicas(*pair)
    assert len(during(judge, ask)) == 5
    assert asked(pair[1]) == 5
    (said,) = warnings(caplog)
    assert said.startswith(f"the judge at {pair[0].url} is put aside: connection-refused")


def test_when_all_are_gone_all_are_tried_at_the_next_attempt(
    pair: tuple[OllamaServer, OllamaServer], caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        for one in pair:
            stop(one)
        for _ in range(3):
            with pytest.raises(ServerGone):
                await judge.ask(PROMPT)
        with pair[1]:
            await judge.ask(PROMPT)
            await judge.ask(PROMPT)

    judge = replicas(*pair)
    during(judge, ask)
    assert asked(pair[1]) == 2
    assert len(warnings(caplog)) == 2  # not again at each attempt


@pytest.mark.parametrize("fault", [Status(code=500), Status(code=503), Reset()], ids=str)
def test_a_question_that_one_server_fails_at_is_answered_by_another(fault: Fault) -> None:
    async def ask() -> None:
        for _ in range(4):
            await judge.ask(PROMPT)

    with server(fault) as failing, server() as sound:
        judge = replicas(failing, sound)
        during(judge, ask)
        assert (asked(failing), asked(sound)) == (4, 4)


def test_a_question_that_all_servers_fail_at_may_be_tried_again() -> None:
    async def ask() -> None:
        with pytest.raises(TryAgain, match="http-503") as caught:
            await judge.ask(PROMPT)
        assert not isinstance(caught.value, ServerGone)

    with server(Status(code=500)) as one, server(Status(code=503)) as other:
        judge = replicas(one, other)
        during(judge, ask)


def test_a_fault_says_more_than_that_another_server_is_gone(
    pair: tuple[OllamaServer, OllamaServer],
) -> None:
    async def ask() -> None:
        pair[0].faults.add(Status(code=500))
        stop(pair[1])
        for _ in range(2):  # before and after the second is put aside
            with pytest.raises(TryAgain, match="http-500"):
                await judge.ask(PROMPT)

    judge = replicas(*pair)
    during(judge, ask)


def test_a_question_without_an_answer_is_not_asked_elsewhere(
    pair: tuple[OllamaServer, OllamaServer],
) -> None:
    async def ask() -> None:
        pair[0].faults.add(Status(code=400))
        with pytest.raises(Unanswered, match="http-400"):
            await judge.ask(PROMPT)

    judge = replicas(*pair)
    during(judge, ask)
    assert asked(pair[1]) == 0


def test_a_single_server_that_hangs_is_put_aside_before_the_question_is_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def ask() -> None:
        patience = Patience(AskingPolicy(3.0 * judge.turns, attempts=1))
        with pytest.raises(TryAgain, match="no answer in 3 s"):
            await patience.insist(lambda: judge.ask(PROMPT))

    with server(Hang(seconds=60.0)) as hanging:
        judge = replicas(hanging, timeout=3.0)
        during(judge, ask)
    (said,) = warnings(caplog)
    assert said.startswith(f"the judge at {hanging.url} is put aside")


def test_a_server_that_came_back_as_another_judge_is_not_asked_when_all_others_are_gone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "SECONDS_OF_REST", 0.0)
    monkeypatch.setattr(module, "SECONDS_OF_REST", 0.0)

    async def ask() -> None:
        await judge.ask(PROMPT)
        stop(one)
        await judge.ask(PROMPT)
        port = urlsplit(one.url).port
        with server(port=port, model=ServedModel("llama3.2", digest="f" * 64)) as changed:
            async with asyncio.timeout(120):
                while not any("serves another judge" in said for said in warnings(caplog)):
                    await judge.ask(PROMPT)
            stop(other)
            for _ in range(3):
                with pytest.raises(ServerGone):
                    await judge.ask(PROMPT)
            assert asked(changed) == 0

    with server() as other:
        one = server()
        one.__enter__()
        judge = replicas(one, other)
        during(judge, ask)


def test_a_server_that_lost_its_model_is_put_aside(
    pair: tuple[OllamaServer, OllamaServer], caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        pair[0].catalogue.remove("llama3.2")
        for _ in range(3):
            await judge.ask(PROMPT)
        pair[1].catalogue.remove("llama3.2")
        with pytest.raises(JudgeUnavailable, match="lost the model"):
            await judge.ask(PROMPT)

    judge = replicas(*pair)
    during(judge, ask)
    assert asked(pair[0]) == 1
    assert len(warnings(caplog)) == 2
