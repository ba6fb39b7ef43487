"""Images that the engine may lack."""

from typing import Any

from evaluator.errors import DeploymentFailed
from evaluator.run.progress import Progress


def pull_image(client: Any, image: str, progress: Progress) -> None:
    """Fetch an image unless the engine has it.

    Raises:
        DeploymentFailed: It cannot be fetched.
    """
    from docker.errors import APIError, ImageNotFound
    from docker.utils import parse_repository_tag

    try:
        client.images.get(image)
    except ImageNotFound:
        repository, tag = parse_repository_tag(image)
    else:
        return
    with progress.stage(f"pulling {image}", None, "layers") as advance:
        try:
            for step in client.api.pull(repository, tag=tag or "latest", stream=True, decode=True):
                if "error" in step:
                    raise DeploymentFailed(_not_fetched(image, step["error"]))
                advance(step.get("status") == "Pull complete")
        except APIError as error:
            raise DeploymentFailed(_not_fetched(image, error.explanation)) from error


def _not_fetched(image: str, said: str) -> str:
    return f"the image {image} could not be pulled: {' '.join(said.split()).rstrip('.')}."
