"""The work of `evaluator models register`: checked, uploaded, made, and asked a question."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from evaluator.errors import JudgeUnavailable
from evaluator.models.first_verdict import FirstVerdict, first_verdict
from evaluator.models.machine import memory_here
from evaluator.models.mebibytes import in_mebibytes, mebibytes
from evaluator.models.merging import write_merged
from evaluator.models.prepared_merge import PreparedMerge
from evaluator.models.registered import Registered
from evaluator.models.registration import Plan, Wish, planned
from evaluator.models.scratch import scratch_folder
from evaluator.models.server import Address, ModelServer, Refused
from evaluator.models.server_wire import ServedModel
from evaluator.models.uploading import Blob, Uploader, full_disk, hashed
from evaluator.run.progress import Progress

logger = logging.getLogger(__name__)

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

    An adapter whose base model is a directory here is merged into it first.

    Args:
        wish: What is asked for.
        at: The server.
        timeout: Seconds that it may be silent.
        progress: Where progress is shown.

    Raises:
        ConfigError: The name cannot be or is taken, or the wish contradicts itself.
        ModelUnusable: The source is unusable, or the server would refuse it.
        JudgeUnavailable: The server does not answer, or does not make the model.
        StorageFailed: There is no room for the merged model.
    """
    merge = None
    if wish.base_folder is not None:
        merge = plan_registration(wish, at, timeout).merge
    if merge is None:
        return _sent(wish, at, timeout, progress)
    return _merged_and_sent(wish, merge, at, timeout, progress)


def _merged_and_sent(
    wish: Wish, merge: PreparedMerge, at: Address, timeout: float, progress: Progress
) -> Registered:
    """Register a merged model that is kept here no longer than that takes."""
    adapter = merge.adapter.path
    memory = memory_here() // 2 if wish.memory is None else wish.memory
    with scratch_folder(wish.work_folder(adapter), f".{adapter.name}.registering-") as folder:
        report = write_merged(merge, folder / "merged", memory, progress)
        done = _sent(wish.of_merged(folder / "merged"), at, timeout, progress)
    return done.model_copy(update={"source": str(adapter), "merge": report.check})


def _sent(wish: Wish, at: Address, timeout: float, progress: Progress) -> Registered:
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
    with progress.stage("hashing", mebibytes(plan.source.bytes), "MiB") as advance:
        count = in_mebibytes(advance, plan.source.bytes)
        return [hashed(file, count) for file in plan.source.files]


async def _uploaded(server: ModelServer, blobs: list[Blob], progress: Progress) -> int:
    """Bring every file to the server and return how many had to be sent."""
    uploader = Uploader(server)
    total = sum(one.file.size for one in blobs)
    with progress.stage("uploading", mebibytes(total), "MiB") as advance:
        count = in_mebibytes(advance, total)
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
