"""What a model is meant to fit into."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evaluator.models.inspection import ServedBy
from evaluator.models.machine import gpus_here, memory_here

MEMORY = "memory of this machine"
GPU_SAID = "GPU memory as said"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a model is to run.

    Attributes:
        context: Tokens of context.
        places: Bytes that there are, by place.
        server: The judge's server, where one was named.
    """

    context: int
    places: Mapping[str, int] = field(default_factory=dict)
    server: ServedBy | None = None

    def usable_context(self, longest: int | None) -> int:
        """Return the tokens of context that a model made for so many can use of those wanted."""
        return min(self.context, longest or self.context)

    @property
    def version(self) -> str | None:
        """Return the server's version, where it is known."""
        return None if self.server is None else self.server.version


def surroundings(
    context: int, gpu_memory: int | None, url: str | None, ca_file: Path | None
) -> Surroundings:
    """Return what is there.

    Args:
        context: Tokens of context.
        gpu_memory: Bytes of the GPU that it is meant for, where the user says so.
        url: The judge's Ollama server, or None.
        ca_file: Certificates of the authorities that vouch for it; None for the public ones.

    Raises:
        JudgeUnavailable: The server does not answer.
    """
    places = {MEMORY: memory_here(), **gpus_here()}
    if gpu_memory is not None:
        places[GPU_SAID] = gpu_memory
    server = None if url is None else asyncio.run(_served_by(url, ca_file))
    return Surroundings(context, places, server)


async def _served_by(url: str, ca_file: Path | None) -> ServedBy:
    from evaluator.backends.inspecting import Inspector
    from evaluator.backends.naming import OLLAMA_PORT, JudgeSpec, server_address

    url = server_address(url, OLLAMA_PORT)
    inspector = Inspector(JudgeSpec("ollama", None, (url,), ca_file=ca_file), url)
    version = await inspector.version()
    loaded = await inspector.all_loaded()
    return ServedBy(
        url=url,
        version=version,
        loaded=sum(one.size for one in loaded),
        loaded_on_gpu=sum(min(one.size_vram, one.size) for one in loaded),
    )
