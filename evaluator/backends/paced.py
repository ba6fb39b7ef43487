"""A server that is asked as many questions at a time as it works on."""

import time
from collections.abc import Awaitable
from typing import Protocol

from evaluator.backends.pacing import FixedPace, Pace, PaceByRate, PaceByWait, Timing
from evaluator.backends.protocol import Backend, JudgeIdentity, Prompt, Reply


class Server(Backend, Protocol):
    """A judge on one server."""

    @property
    def slots(self) -> int | None:
        """Questions that it works on at a time; None where it does not tell. Known once entered."""
        ...


class PacedServer:
    """A judge on one server, whose pace is found while it is asked.

    Args:
        server: The server, not yet entered.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._pace: Pace = PaceByWait()
        self._in_flight = 0
        self._knows_kind = False

    @property
    def concurrency(self) -> int:
        """Questions that should be in flight now."""
        return self._pace.in_flight

    async def __aenter__(self) -> "PacedServer":
        """Reach the server.

        Raises:
            JudgeUnavailable: It cannot be reached.
        """
        await self._server.__aenter__()
        if self._server.slots is not None:
            self._pace = FixedPace(self._server.slots + 1)  # one waits, so that no slot does
            self._knows_kind = True
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Let it go."""
        await self._server.__aexit__(*exc_info)

    @property
    def identity(self) -> JudgeIdentity:
        """Who answers."""
        return self._server.identity

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the server's answer."""
        return await self._timed(self._server.ask(prompt))

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return what the server writes."""
        return await self._timed(self._server.explain(prompt, tokens))

    async def require_unchanged(self) -> None:
        """Check that the server still serves the judge that was entered.

        Raises:
            JudgeChanged: It does not.
        """
        await self._server.require_unchanged()

    async def outside_gpu(self) -> float | None:
        """Return the share of the model outside of GPU memory."""
        return await self._server.outside_gpu()

    async def _timed(self, answer: Awaitable[Reply]) -> Reply:
        self._in_flight += 1
        started, pace = time.monotonic(), self._pace.in_flight
        is_last = self._in_flight >= pace
        try:
            reply = await answer
        finally:
            self._in_flight -= 1
        told, seconds = reply.durations, time.monotonic() - started
        if not self._knows_kind:
            self._pace = self._pace if told is not None else PaceByRate()
            self._knows_kind = True
        at_pace = is_last and pace == self._pace.in_flight
        if told is None:
            self._pace.hear(Timing(seconds, None, at_pace))
        else:
            self._pace.hear(Timing(seconds - told.loading, told.waiting, at_pace))
        return reply
