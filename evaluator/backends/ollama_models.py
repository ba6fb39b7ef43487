"""The models on an Ollama server: which it has, and fetching one that it lacks."""

import ollama

from evaluator.backends.protocol import PullProgress
from evaluator.backends.transport import one_line
from evaluator.errors import JudgeUnavailable


async def digest_of(client: ollama.AsyncClient, model: str) -> str | None:
    """Return the digest of a model's manifest, or None where the server has no such model.

    Args:
        client: The server.
        model: Name and tag.
    """
    for one in (await client.list()).models:
        if one.model == model:
            return f"sha256:{(one.digest or '').removeprefix('sha256:')}"
    return None


async def pull_model(client: ollama.AsyncClient, model: str, report: PullProgress) -> None:
    """Have the server fetch a model.

    Args:
        client: The server.
        model: Name and tag.
        report: Called with (status, completed bytes, total bytes).

    Raises:
        JudgeUnavailable: It cannot.
    """
    try:
        async for step in await client.pull(model, stream=True):
            report(step.status or "pulling", step.completed or 0, step.total or 0)
    except ollama.ResponseError as error:
        raise JudgeUnavailable(
            f"the Ollama server could not pull '{model}': {one_line(str(error.error)).rstrip('.')}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise JudgeUnavailable(
            f"what was asked to pull '{model}' does not answer as Ollama does; is it one?"
        ) from error
