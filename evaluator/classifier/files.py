"""The files of a model directory, looked at without loading them."""

import json
from pathlib import Path
from typing import Any

from evaluator.cases.digest import file_sha256, text_sha256
from evaluator.errors import DataUnusable, ModelUnusable

SETTINGS_FILES = (
    "config.json",
    "adapter_config.json",
    "evaluator.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
)


def require_safetensors(model_dir: Path) -> None:
    """Check that a directory holds a model whose weights cannot run code.

    Raises:
        ModelUnusable: It is missing, is no model directory, or holds no safetensors weights.
    """
    if not model_dir.is_dir():
        raise ModelUnusable(f"the model directory {model_dir} does not exist.")
    if not is_adapter(model_dir) and not (model_dir / "config.json").is_file():
        raise ModelUnusable(f"{model_dir} is not a model directory: it has no config.json.")
    if is_adapter(model_dir):
        refuse_imports(model_dir)
    for index in model_dir.glob("*.safetensors.index.json"):
        _require_own_shards(index)
    weights = "adapter_model.safetensors" if is_adapter(model_dir) else "*.safetensors"
    if any(model_dir.glob(weights)):
        return
    if [*model_dir.glob("*.bin"), *model_dir.glob("*.pt"), *model_dir.glob("*.pth")]:
        raise ModelUnusable(
            f"{model_dir} holds only pickled weights, which can run code when loaded; "
            "save the model again with safe_serialization=True."
        )
    raise ModelUnusable(f"{model_dir} holds no .safetensors weights: is the download complete?")


def refuse_imports(adapter_dir: Path) -> None:
    """Refuse an adapter whose settings name a Python module, which peft would import.

    Raises:
        ModelUnusable: They do, or cannot be read.
    """
    if _settings(adapter_dir).get("megatron_config"):
        raise ModelUnusable(
            f"{adapter_dir} asks for Megatron, which imports a module that it names: save the "
            "adapter again without megatron_config."
        )


def _require_own_shards(index: Path) -> None:
    """Check that the list of a checkpoint's parts names files beside it.

    Raises:
        ModelUnusable: It names one elsewhere, or cannot be read.
    """
    try:
        names = set(json.loads(index.read_bytes())["weight_map"].values())
        strange = sorted(name for name in names if Path(name).name != name or name == "..")
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ModelUnusable(f"{index} is not a list of weights: is it complete?") from error
    if strange:
        raise ModelUnusable(f"{index} names weights outside of its folder: {strange[0]!r}.")


def is_adapter(model_dir: Path) -> bool:
    """Return whether a directory holds a PEFT adapter instead of a full checkpoint."""
    return (model_dir / "adapter_config.json").is_file()


def base_of(model_dir: Path, base_model: str | None) -> str:
    """Return the path or hub name of an adapter's base model.

    Args:
        model_dir: The adapter.
        base_model: What the user named instead, or None.

    Raises:
        ModelUnusable: Neither the adapter nor the user names one.
    """
    base = base_model or _settings(model_dir).get("base_model_name_or_path")
    if not base:
        raise ModelUnusable(f"{model_dir} does not name its base model; pass --base-model.")
    return str(base)


def _settings(adapter_dir: Path) -> dict[str, Any]:
    """Return an adapter's settings.

    Raises:
        ModelUnusable: They cannot be read.
    """
    try:
        settings = json.loads((adapter_dir / "adapter_config.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnusable(f"{adapter_dir} has no readable adapter_config.json.") from error
    if not isinstance(settings, dict):
        raise ModelUnusable(f"{adapter_dir} has no readable adapter_config.json.")
    return settings


def checkpoint_fingerprint(model_dir: Path, base_model: str | None) -> str:
    """Return a digest of a model directory's weights and settings, an adapter's base included.

    Raises:
        ModelUnusable: The directory is missing, holds no safetensors weights, or cannot be read.
    """
    require_safetensors(model_dir)
    lines = _digests(model_dir)
    if is_adapter(model_dir):
        base = base_of(model_dir, base_model)
        lines += _digests(Path(base)) if Path(base).is_dir() else [f"base {base}"]
    return text_sha256("\n".join(lines))


def files_that_count(model_dir: Path) -> list[Path]:
    """Return the weights and settings in a directory, by name; those of a base lie in another."""
    files = [model_dir / name for name in SETTINGS_FILES if (model_dir / name).is_file()]
    return sorted([*files, *model_dir.glob("*.safetensors")])


def _digests(model_dir: Path) -> list[str]:
    try:
        return [f"{path.name} {file_sha256(path)}" for path in files_that_count(model_dir)]
    except DataUnusable as error:
        raise ModelUnusable(f"{str(error).rstrip('.')}: is the download complete?") from error
