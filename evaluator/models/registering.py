"""The work of `evaluator models register`: checked, uploaded, made, and asked a question."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from evaluator.errors import JudgeUnavailable
from evaluator.models.first_verdict import FirstVerdict, first_verdict
from evaluator.models.registered import Registered
from evaluator.models.registration import Plan, Wish, planned
from evaluator.models.server import Address, ModelServer, Refused
from evaluator.models.server_wire import ServedModel
from evaluator.models.uploading import Blob, Count, Uploader, full_disk, hashed
from evaluator.run.progress import Progress

logger = logging.getLogger(__name__)

UNIT = 1 << 20
UNTOLD = frozenset({"", "unknown"})
"""What a server says of a quantization that it does not know."""

Result = TypeVar("Result")


def plan_registration(wish: Wish, at: Address, timeout: float) -> Plan:
    """Return what registering would do, with everything checked and nothing sent.

    Raises:
        ConfigError: The name cannot be or is taken, or the wish contradicts itself.
        ModelUnusable: The source is unusable, or the server would refuse it.
        JudgeUnavailable: The server does not answer.
    """

    async def work(server: ModelServer) -> Plan:
        return await planned(wish, server)

    return _with_server(at, timeout, work)


def register(wish: Wish, at: Address, timeout: float, progress: Progress) -> Registered:
    """Register a model at an Ollama server and ask it a first question.

    Args:
        wish: What is asked for.
        at: The server.
        timeout: Seconds that it may be silent.
        progress: Where progress is shown.

    Raises:
        ConfigError: The name cannot be or is taken, or the wish contradicts itself.
        ModelUnusable: The source is unusable, or the server would refuse it.
        JudgeUnavailable: The server does not answer, or does not make the model.
    """

    async def work(server: ModelServer) -> Registered:
        plan = await planned(wish, server)
        blobs = _hashed(plan, progress)
        sent = await _uploaded(server, blobs, progress)
        await _made(server, plan, blobs, progress)
        made = await server.find(plan.name)
        if made is None:
            raise JudgeUnavailable(
                f"the server at {at.url} says that it made {plan.name}, and does not list it."
            )
        verdict = await first_verdict(plan.name, at, timeout)
        return _registered(plan, made, sent, verdict)

    return _with_server(at, timeout, work)


def _with_server(
    at: Address, timeout: float, work: Callable[[ModelServer], Awaitable[Result]]
) -> Result:
    async def inside() -> Result:
        async with ModelServer(at, timeout) as server:
            return await work(server)

    return asyncio.run(inside())


def _hashed(plan: Plan, progress: Progress) -> list[Blob]:
    with progress.stage("hashing", _units(plan.source.bytes), "MiB") as advance:
        count = in_units(advance, plan.source.bytes)
        return [hashed(file, count) for file in plan.source.files]


async def _uploaded(server: ModelServer, blobs: list[Blob], progress: Progress) -> int:
    """Bring every file to the server and return how many had to be sent."""
    uploader = Uploader(server)
    total = sum(one.file.size for one in blobs)
    with progress.stage("uploading", _units(total), "MiB") as advance:
        count = in_units(advance, total)
        return sum([await uploader.upload(one, count) for one in blobs])


async def _made(server: ModelServer, plan: Plan, blobs: list[Blob], progress: Progress) -> None:
    body = plan.body({one.file.name: one.digest for one in blobs})
    doing = ""
    try:
        with progress.stage("creating", None, "steps") as advance:
            async for step in server.create(body):
                if step.status and step.status != doing:
                    doing = step.status
                    logger.info("%s", doing)
                    advance(1)
    except Refused as error:
        if error.is_full_disk:
            raise full_disk(server.url, error) from error
        raise JudgeUnavailable(
            f"the server at {server.url} cannot make {plan.name}: {error.said.rstrip('.')}; what "
            "was uploaded stays there until it starts anew."
        ) from error
    except httpx.TransportError as error:
        raise JudgeUnavailable(
            f"the server at {server.url} went away while it was making {plan.name} (last: "
            f"{doing or 'nothing'}); run the same command again, which skips the files that are "
            "there."
        ) from error


def _registered(plan: Plan, made: ServedModel, sent: int, verdict: FirstVerdict) -> Registered:
    told = made.details.quantization_level
    if told in UNTOLD and plan.quantize is None:
        told = plan.source.quantization or told
    return Registered(
        name=made.model,
        digest=made.digest.removeprefix("sha256:"),
        source=str(plan.source.path),
        source_bytes=plan.source.bytes,
        server_bytes=made.size,
        files=len(plan.source.files),
        files_sent=sent,
        quantization=told,
        server_version=plan.server_version,
        verdict=verdict,
    )


def _units(size: int) -> int:
    return -(-size // UNIT)


def in_units(advance: Callable[[int], None], total: int) -> Count:
    """Return a function that counts bytes and tells of MiB, the last of which may be a part."""
    done = shown = 0

    def count(size: int) -> None:
        nonlocal done, shown
        done += size
        now = _units(done) if done == total else done // UNIT
        if now > shown:
            advance(now - shown)
            shown = now

    return count
