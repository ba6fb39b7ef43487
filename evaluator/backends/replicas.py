"""Several servers that serve one judge."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import fields

from evaluator.backends.places import Place, is_named, places_of
from evaluator.backends.protocol import (
    Backend,
    JudgeIdentity,
    Prompt,
    Reply,
    ServerGone,
    TryAgain,
)
from evaluator.backends.replica import SECONDS_OF_REST, Replica
from evaluator.errors import ConfigError, JudgeUnavailable

UNKNOWN_DIGEST = "unknown"

logger = logging.getLogger(__name__)


class Replicas:
    """One judge on several servers, each asked when it is the least busy.

    A URL with a name in it stands for a server at each of the name's addresses. A question that one
    server fails at goes to another at once. One that is gone, hangs, or has lost its model is put
    aside until it is found well again; when all are, all are tried again at the next attempt, but
    for those that were found to serve another judge. While questions are asked, names are looked up
    now and then: a server that is new there is asked too.

    Args:
        urls: Where the servers are, none of them twice.
        open_at: Returns the judge at a place, not yet entered.
        timeout: Seconds that one of them may take before another is asked.
    """

    def __init__(
        self, urls: Sequence[str], open_at: Callable[[Place], Backend], timeout: float
    ) -> None:
        self._urls = urls
        self._open_at = open_at
        self._timeout = timeout
        self._replicas: list[Replica] = []
        self._identity: JudgeIdentity | None = None
        self._others: set[Place] = set()
        self._search: asyncio.Task[None] | None = None
        self._searched_at = 0.0

    @property
    def concurrency(self) -> int:
        """Questions that all of them together should be at, without those put aside."""
        return max(1, sum(one.backend.concurrency for one in self._replicas if not one.aside))

    @property
    def turns(self) -> int:
        """How many times one server's time a question may take until each had its turn.

        One more than there are, so that a server's time is over before the question's is.
        """
        return len(self._replicas) + 1

    async def __aenter__(self) -> "Replicas":
        """Reach the servers, all at the same time.

        Raises:
            JudgeUnavailable: No server of a URL answers and has the model.
            ConfigError: They do not serve the same judge.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._reach(url)) for url in self._urls]
            self._replicas = [one for task in tasks for one in task.result()]
            self._identity = self._one_judge()
        except BaseException as error:
            await self.__aexit__()
            if isinstance(error, BaseExceptionGroup):
                raise error.exceptions[0] from None
            raise
        self._searched_at = time.monotonic()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close all connections."""
        if self._search is not None:
            self._search.cancel()
            with suppress(asyncio.CancelledError):
                await self._search
        for replica in self._replicas:
            await replica.backend.__aexit__()

    @property
    def identity(self) -> JudgeIdentity:
        """Who answers: the same judge everywhere."""
        assert self._identity is not None, "not entered"
        return self._identity

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the answer of the least busy server, or of the next where that one fails."""
        return await self._of_least_busy(lambda backend: backend.ask(prompt))

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return what the least busy server writes, or the next where that one fails."""
        return await self._of_least_busy(lambda backend: backend.explain(prompt, tokens))

    async def require_unchanged(self) -> None:
        """Check that every server still serves the judge that was entered.

        Raises:
            JudgeChanged: One does not.
        """
        await asyncio.gather(*(one.backend.require_unchanged() for one in self._replicas))

    async def outside_gpu(self) -> float | None:
        """Return the largest share outside of GPU memory of those that tell one."""
        told = await asyncio.gather(*(one.backend.outside_gpu() for one in self._replicas))
        return max((share for share in told if share is not None), default=None)

    async def _of_least_busy(self, ask: Callable[[Backend], Awaitable[Reply]]) -> Reply:
        self._search_when_due()
        failure: Exception | None = None
        tried: list[Replica] = []
        while replica := self._least_busy(tried):
            tried.append(replica)
            replica.in_flight += 1
            try:
                async with asyncio.timeout(self._timeout):
                    reply = await ask(replica.backend)
            except TimeoutError:
                failure = TryAgain("timeout", f"no answer in {self._timeout:g} s")
                replica.put_aside(failure)
            except (ServerGone, JudgeUnavailable) as error:
                replica.put_aside(error)
                failure = failure or error
            except TryAgain as error:
                failure = error
            else:
                replica.answered()
                return reply
            finally:
                replica.in_flight -= 1
        if all(one.aside for one in self._replicas):
            self._try_all_again()
        if failure is None:
            raise JudgeUnavailable(
                "every server of the judge serves another judge by now; bring the judge back, or "
                "start over with --fresh."
            )
        raise failure

    def _try_all_again(self) -> None:
        """Take all back that were put aside, but those that were found to be another judge."""
        for one in self._replicas:
            one.aside = one.place in self._others

    def _least_busy(self, tried: list[Replica]) -> Replica | None:
        """Return the server to ask, the first in the order given where several are as busy."""
        left = [one for one in self._replicas if not one.aside and one not in tried]
        return min(left, key=lambda one: one.load, default=None)

    async def _reach(self, url: str) -> list[Replica]:
        """Return the servers of a URL, without those of several that cannot be reached.

        Raises:
            JudgeUnavailable: None can.
        """
        places = await places_of(url) or [Place(url)]
        reached = await asyncio.gather(*map(self._entered, places), return_exceptions=True)
        found = [one for one in reached if isinstance(one, Replica)]
        for place, failure in zip(places, reached, strict=True):
            if isinstance(failure, BaseException):
                if not found or not isinstance(failure, JudgeUnavailable):
                    raise failure
                logger.warning("the judge at %s is left out: %s", place, failure)
        return found

    async def _entered(self, place: Place) -> Replica:
        replica = Replica(place, self._open_at(place))
        await replica.backend.__aenter__()
        self._replicas.append(replica)
        return replica

    def _search_when_due(self) -> None:
        """Look for servers if there may be other ones, and if the last look was a while ago."""
        now = time.monotonic()
        is_searching = self._search is not None and not self._search.done()
        if is_searching or now - self._searched_at < SECONDS_OF_REST:
            return
        if any(one.aside for one in self._replicas) or any(map(is_named, self._urls)):
            self._searched_at = now
            self._search = asyncio.create_task(self._find_servers())

    async def _find_servers(self) -> None:
        """Ask servers that are new, or well again, and forget those that are gone for good."""
        for url in self._urls:
            places = await places_of(url)
            known = {one.place: one for one in self._replicas if one.place.url == url}
            for place in places:
                if place not in known and place not in self._others:
                    await self._admit(place)
                elif place in known and known[place].has_rested:
                    await self._take_back(known[place])
            for place, replica in known.items():
                if places and place not in places and replica.aside and not replica.in_flight:
                    self._replicas.remove(replica)
                    await replica.backend.__aexit__()

    async def _admit(self, place: Place) -> None:
        backend = await self._same_judge(place)
        if backend is not None:
            self._replicas.append(Replica(place, backend))
            logger.info("the judge at %s is asked, too", place)

    async def _take_back(self, replica: Replica) -> None:
        backend = await self._same_judge(replica.place)
        if backend is None:
            replica.rest_again()
            return
        replica.aside = False
        self._others.discard(replica.place)
        await backend.__aexit__()
        logger.info("the judge at %s is asked again", replica.place)

    async def _same_judge(self, place: Place) -> Backend | None:
        """Return the judge at a place, entered, or None where it is another or none."""
        backend = self._open_at(place)
        try:
            async with asyncio.timeout(self._timeout):
                await backend.__aenter__()
        except (JudgeUnavailable, TimeoutError):
            return None
        differences = _differences(self.identity, backend.identity)
        if not differences:
            return backend
        await backend.__aexit__()
        self._others.add(place)
        logger.warning("%s serves another judge: %s", place, "; ".join(differences))
        return None

    def _one_judge(self) -> JudgeIdentity:
        first, *others = self._replicas
        if others and first.backend.identity.digest == UNKNOWN_DIGEST:
            logger.warning("the servers do not tell their weights: see that they are the same")
        for other in others:
            differences = _differences(first.backend.identity, other.backend.identity)
            if differences:
                raise ConfigError(
                    f"{first.place} and {other.place} do not serve the same judge: "
                    f"{'; '.join(differences)}."
                )
        return first.backend.identity


def _differences(one: JudgeIdentity, other: JudgeIdentity) -> list[str]:
    """Return each field that differs as `name (this value, other value)`."""
    return [
        f"{field.name} ({getattr(one, field.name)}, {getattr(other, field.name)})"
        for field in fields(one)
        if getattr(one, field.name) != getattr(other, field.name)
    ]
