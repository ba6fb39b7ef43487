"""Several servers that serve one judge."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields

from evaluator.backends.protocol import (
    Backend,
    JudgeIdentity,
    Prompt,
    Reply,
    ServerGone,
    TryAgain,
)
from evaluator.errors import ConfigError, JudgeUnavailable

UNKNOWN_DIGEST = "unknown"

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Replica:
    """A server.

    Attributes:
        url: Its address.
        backend: The judge there.
        in_flight: Questions it is at.
        aside: Whether it is not asked for now.
        reported: Whether the user was told that it is gone, since it last answered.
    """

    url: str
    backend: Backend
    in_flight: int = 0
    aside: bool = False
    reported: bool = False


class Replicas:
    """One judge on several servers, each asked when it is the least busy.

    A question that one of them fails at goes to another at once. One that is gone, hangs, or has
    lost its model is put aside; when all are, all are tried again at the next attempt.

    Args:
        backends: The judge on each server, not yet entered, by address.
        timeout: Seconds that one of them may take before another is asked.
    """

    def __init__(self, backends: Mapping[str, Backend], timeout: float) -> None:
        self._timeout = timeout
        self._replicas = [_Replica(url, backend) for url, backend in backends.items()]
        self._entered = AsyncExitStack()

    @property
    def concurrency(self) -> int:
        """Questions that all of them together may be at."""
        return sum(replica.backend.concurrency for replica in self._replicas)

    async def __aenter__(self) -> "Replicas":
        """Reach all servers at the same time.

        Raises:
            JudgeUnavailable: One of them does not answer, or lacks the model.
            ConfigError: They do not serve the same judge.
        """
        async with AsyncExitStack() as entered:
            try:
                async with asyncio.TaskGroup() as group:
                    for replica in self._replicas:
                        group.create_task(entered.enter_async_context(replica.backend))
            except BaseExceptionGroup as failures:
                raise failures.exceptions[0] from None
            self._require_one_judge()
            self._entered = entered.pop_all()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close all connections."""
        await self._entered.aclose()

    @property
    def identity(self) -> JudgeIdentity:
        """Who answers: the same judge everywhere."""
        return self._replicas[0].backend.identity

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the answer of the least busy server, or of the next where that one fails."""
        return await self._of_least_busy(lambda backend: backend.ask(prompt))

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return what the least busy server writes, or the next where that one fails."""
        return await self._of_least_busy(lambda backend: backend.explain(prompt, tokens))

    async def outside_gpu(self) -> float | None:
        """Return the largest share outside of GPU memory of those that tell one."""
        told = await asyncio.gather(*(one.backend.outside_gpu() for one in self._replicas))
        return max((share for share in told if share is not None), default=None)

    async def _of_least_busy(self, ask: Callable[[Backend], Awaitable[Reply]]) -> Reply:
        failure: Exception | None = None
        tried: list[_Replica] = []
        while replica := self._least_busy(tried):
            tried.append(replica)
            replica.in_flight += 1
            try:
                async with asyncio.timeout(self._timeout):
                    reply = await ask(replica.backend)
            except TimeoutError:
                failure = TryAgain("timeout", f"no answer in {self._timeout:g} s")
                self._put_aside(replica, failure)
            except (ServerGone, JudgeUnavailable) as error:
                self._put_aside(replica, error)
                failure = failure or error
            except TryAgain as error:
                failure = error
            else:
                replica.reported = False
                return reply
            finally:
                replica.in_flight -= 1
        assert failure is not None
        if all(one.aside for one in self._replicas):
            self._take_all_back()
        raise failure

    def _least_busy(self, tried: list[_Replica]) -> _Replica | None:
        """Return the server to ask, the first in the order given where several are as busy."""
        left = [one for one in self._replicas if not one.aside and one not in tried]
        return min(left, key=lambda one: one.in_flight, default=None)

    def _put_aside(self, replica: _Replica, error: Exception) -> None:
        replica.aside = True
        if not replica.reported:
            logger.warning("the judge at %s is put aside: %s", replica.url, error)
            replica.reported = True

    def _take_all_back(self) -> None:
        for replica in self._replicas:
            replica.aside = False

    def _require_one_judge(self) -> None:
        first, *others = self._replicas
        if first.backend.identity.digest == UNKNOWN_DIGEST:
            logger.warning("the servers do not tell their weights: see that they are the same")
        for other in others:
            differences = _differences(first.backend.identity, other.backend.identity)
            if differences:
                raise ConfigError(
                    f"{first.url} and {other.url} do not serve the same judge: "
                    f"{'; '.join(differences)}."
                )


def _differences(one: JudgeIdentity, other: JudgeIdentity) -> list[str]:
    """Return each field that differs as `name (this value, other value)`."""
    return [
        f"{field.name} ({getattr(one, field.name)}, {getattr(other, field.name)})"
        for field in fields(one)
        if getattr(one, field.name) != getattr(other, field.name)
    ]
