"""Looking at a model: a full checkpoint, an adapter or a GGUF file; headers alone are read."""

from pathlib import Path

from evaluator.errors import ModelUnusable
from evaluator.models.directory import ModelDirectory
from evaluator.models.inspecting_adapter import inspect_adapter
from evaluator.models.inspecting_checkpoint import inspect_checkpoint
from evaluator.models.inspecting_gguf import inspect_gguf
from evaluator.models.inspection import Inspection
from evaluator.models.surroundings import Surroundings

ADAPTER_CONFIG = "adapter_config.json"
CONFIG = "config.json"


def inspect_model(path: Path, base: str | None, here: Surroundings) -> Inspection:
    """Return what is known of a model.

    Args:
        path: A directory with a full checkpoint or an adapter, or a GGUF file.
        base: Path or hub name of an adapter's base, which overrides the adapter's own.
        here: What it is meant to fit into.

    Raises:
        ModelUnusable: There is no model at the path, or one that cannot be read at all.
    """
    if not path.exists():
        raise ModelUnusable(
            f"there is no model at {path}: correct the path, or fetch or train the model first."
        )
    if path.is_file():
        return inspect_gguf(path, here)
    directory = ModelDirectory(path)
    if directory.file(ADAPTER_CONFIG) is not None:
        return inspect_adapter(directory, base, here)
    if directory.file(CONFIG) is not None:
        return inspect_checkpoint(directory, here)
    files = directory.files("*.gguf")
    if files:
        raise ModelUnusable(f"{path} holds GGUF files: name one of them, such as {files[0]}.")
    raise ModelUnusable(
        f"{path} is no model directory: it has neither {CONFIG} nor {ADAPTER_CONFIG}."
    )
