"""The base model that an adapter is laid over, fetched into a directory if it is on the hub."""

from pathlib import Path

from evaluator.classifier.files import require_base
from evaluator.errors import ModelUnusable

FETCHED = ("*.json", "*.txt", "*.model", "*.safetensors")
NOT_FETCHED = ("*/*", "consolidated*")
"""What lies in folders, for other programs, and weights that are there twice."""


def base_directory(base: str) -> Path:
    """Return a base model's directory, checked, fetching it if it is not on this machine.

    Args:
        base: Its path, or its name on the hub.

    Raises:
        ModelUnusable: It is not to be found, or not to be used.
    """
    folder = Path(base)
    if not folder.is_dir():
        folder = _fetched(base)
    require_base(folder)
    return folder


def _fetched(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(name, allow_patterns=[*FETCHED], ignore_patterns=[*NOT_FETCHED])
        )
    except (OSError, ValueError) as error:
        raise ModelUnusable(
            f"the adapter's base model '{name}' could not be found; "
            "pass --base-model PATH with a directory that holds it."
        ) from error
