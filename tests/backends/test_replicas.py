"""One judge on several servers: who is asked, and what happens when one of them fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from ollama_server import Fault, Hang, OllamaServer, Reset, ScriptedEngine, ServedModel, Status
from ollama_server.reply import Reply as ServersReply

from evaluator.backends import replica
from evaluator.backends import replicas as module
from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.places import Place
from evaluator.backends.protocol import Prompt, Reply, ServerGone, TryAgain, Unanswered
from evaluator.backends.replicas import Replicas
from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.patience import AskingPolicy, Patience

Result = TypeVar("Result")

PROMPT = Prompt("Decide.", (), "Is it?", ("Yes", "No"))


@dataclass(frozen=True, kw_only=True)
class OnlyTogether(Fault):
    """The first answer goes out when another server's does."""

    both: Barrier
    paths: tuple[str, ...] = ("/api/version",)
    times: int | None = 1
    replaces = False

    def apply(self, reply: ServersReply) -> ServersReply:
        """Wait for the other."""
        self.both.wait()
        return reply


def server(*faults: Fault, seconds: float = 0.0, **settings: Any) -> OllamaServer:
    models = [settings.pop("model", ServedModel("llama3.2"))]
    engine = ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.3}, seconds=seconds)
    return OllamaServer(engine, models, faults, **settings)


@pytest.fixture
def pair() -> Iterator[tuple[OllamaServer, OllamaServer]]:
    with server() as one, server() as other:
        yield one, other


def replicas(*servers: OllamaServer, concurrency: int = 2, timeout: float = 60.0) -> Replicas:
    def open_at(place: Place) -> OllamaBackend:
        settings = {"timeout": timeout, "concurrency": concurrency, "probe": PROMPT}
        return OllamaBackend("llama3.2", place.url, address=place.address, **settings)

    return Replicas([one.url for one in servers], open_at, timeout)


def during(judge: Replicas, work: Callable[[], Awaitable[Result]]) -> Result:
    async def entered() -> Result:
        async with judge:
            return await work()

    return asyncio.run(entered())


def entering(judge: Replicas) -> None:
    during(judge, lambda: asyncio.sleep(0))


def asked(one: OllamaServer) -> int:
    return len(one.bodies("/api/chat"))


def stop(one: OllamaServer) -> None:
    one.__exit__(None, None, None)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_replicas_are_one_judge_with_the_room_of_all(
    pair: tuple[OllamaServer, OllamaServer],
) -> None:
    judge = replicas(*pair, concurrency=3)
    entering(judge)
    assert judge.concurrency == 6
    alone = replicas(pair[1])
    entering(alone)
    assert judge.identity == alone.identity


def test_a_reason_that_one_server_fails_at_comes_from_another() -> None:
    with server(Status(paths=("/api/chat",), code=503)) as one, server() as other:
        judge = replicas(one, other)
        assert during(judge, lambda: judge.explain(PROMPT, 2)).said == "YesYes"
        assert (asked(one), asked(other)) == (1, 1)


def test_all_servers_are_reached_at_the_same_time() -> None:
    both = Barrier(2, timeout=30.0)  # in turn, the first would wait for the second in vain
    with server(OnlyTogether(both=both)) as one, server(OnlyTogether(both=both)) as other:
        entering(replicas(one, other))
    assert not both.broken


@pytest.mark.parametrize(
    ("settings", "difference"),
    [
        (
            {"model": ServedModel("llama3.2", digest="f" * 64)},
            f"digest (sha256:{ServedModel('llama3.2').manifest_digest}, sha256:{'f' * 64})",
        ),
        (
            {"model": ServedModel("llama3.2", base=True)},
            "options (('form=chat', 'num_ctx=2048'), ('form=raw', 'num_ctx=2048'))",
        ),
        ({"version": "0.34.0"}, "server_version (0.33.0, 0.34.0)"),
        (
            {"version": "0.12.10"},
            "server_version (0.33.0, 0.12.10); scoring (logprobs, schema)",
        ),
    ],
    ids=["digest", "form", "version", "scoring"],
)
def test_servers_of_different_judges_are_refused(settings: Any, difference: str) -> None:
    with server() as one, server() as twin, server(**settings) as other:
        with pytest.raises(ConfigError) as caught:
            entering(replicas(one, twin, other))
        assert str(caught.value) == (
            f"{one.url} and {other.url} do not serve the same judge: {difference}."
        )


def test_a_server_that_is_down_at_the_start_is_named(
    pair: tuple[OllamaServer, OllamaServer],
) -> None:
    stop(pair[1])
    with pytest.raises(JudgeUnavailable, match=f"no Ollama server answers at {pair[1].url}"):
        entering(replicas(*pair))


def test_a_question_goes_to_the_least_busy_server() -> None:
    async def ask(judge: Replicas) -> None:
        await asyncio.gather(*(judge.ask(PROMPT) for _ in range(6)))

    with ExitStack() as stack:
        servers = [stack.enter_context(server(seconds=0.05)) for _ in range(3)]
        judge = replicas(*servers)
        during(judge, lambda: ask(judge))
        assert [asked(one) for one in servers] == [2, 2, 2]


def test_of_servers_that_are_as_busy_the_first_is_asked(
    pair: tuple[OllamaServer, OllamaServer],
) -> None:
    async def ask() -> None:
        for _ in range(3):
            await judge.ask(PROMPT)

    judge = replicas(*pair)
    during(judge, ask)
    assert [asked(one) for one in pair] == [3, 0]


def test_a_slow_server_gets_fewer_questions() -> None:
    left = iter(range(20))

    async def work() -> None:
        for _ in left:
            await judge.ask(PROMPT)

    async def ask() -> None:
        await asyncio.gather(*(work() for _ in range(judge.concurrency)))

    with server(seconds=0.3) as slow, server(seconds=0.01) as fast:
        judge = replicas(slow, fast, concurrency=1)
        during(judge, ask)
        assert asked(slow) + asked(fast) == 20
        assert asked(slow) < 8


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


def test_the_server_with_most_outside_of_gpu_memory_counts() -> None:
    async def share() -> float | None:
        assert await judge.outside_gpu() is None
        await asyncio.gather(judge.ask(PROMPT), judge.ask(PROMPT))
        return await judge.outside_gpu()

    half = ServedModel("llama3.2", size=1000, gpu_share=0.5)
    with server(seconds=0.05) as one, server(seconds=0.05, model=half) as other:
        judge = replicas(one, other)
        assert during(judge, share) == 0.5
