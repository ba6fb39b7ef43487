"""The models that an Ollama server has: listed, and removed."""

import asyncio

from evaluator.errors import ConfigError
from evaluator.models.model_name import checked_name
from evaluator.models.server import Address, ModelServer
from evaluator.models.server_wire import ServedModel

ANSWER_SECONDS = 60.0


def listed_models(at: Address) -> list[ServedModel]:
    """Return the models that a server has, by name.

    Raises:
        JudgeUnavailable: It does not answer.
    """

    async def work() -> list[ServedModel]:
        async with ModelServer(at, ANSWER_SECONDS) as server:
            return sorted(await server.models(), key=lambda one: one.model)

    return asyncio.run(work())


def existing_model(name: str, at: Address) -> ServedModel:
    """Return a model that a server has.

    Raises:
        ConfigError: The name cannot be, or the server has no such model.
        JudgeUnavailable: It does not answer.
    """
    wanted = checked_name(name)

    async def work() -> ServedModel | None:
        async with ModelServer(at, ANSWER_SECONDS) as server:
            return await server.find(wanted)

    found = asyncio.run(work())
    if found is None:
        raise ConfigError(
            f"the server at {at.url} has no model {wanted}; see with `evaluator models list` what "
            "it has."
        )
    return found


def remove_model(model: ServedModel, at: Address) -> None:
    """Delete a model at a server.

    Raises:
        JudgeUnavailable: It does not answer, or refuses.
    """

    async def work() -> None:
        async with ModelServer(at, ANSWER_SECONDS) as server:
            await server.delete(model.model)

    asyncio.run(work())
