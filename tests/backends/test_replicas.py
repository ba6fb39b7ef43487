"""One judge on several servers: that they are one, and who is asked."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from ollama_server import Fault, OllamaServer, ServedModel, Status
from ollama_server.reply import Reply as ServersReply

from evaluator.backends.replicas import Replicas
from evaluator.errors import ConfigError, JudgeUnavailable

from .replica_servers import PROMPT, asked, during, entering, replicas, server, stop


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


def test_the_server_with_most_outside_of_gpu_memory_counts() -> None:
    async def share() -> float | None:
        assert await judge.outside_gpu() is None
        await asyncio.gather(judge.ask(PROMPT), judge.ask(PROMPT))
        return await judge.outside_gpu()

    half = ServedModel("llama3.2", size=1000, gpu_share=0.5)
    with server(seconds=0.05) as one, server(seconds=0.05, model=half) as other:
        judge = replicas(one, other)
        assert during(judge, share) == 0.5
