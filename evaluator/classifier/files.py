"""The files of a model directory, looked at without loading them."""

from pathlib import Path

from evaluator.cases.digest import file_sha256, text_sha256
from evaluator.classifier.adapter_settings import FILE_NAME as ADAPTER_SETTINGS
from evaluator.classifier.adapter_settings import adapter_settings, require_plain_adapter
from evaluator.classifier.plain_folder import require_plain_folder
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
    "added_tokens.json",
    "tokenizer.model",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
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
    require_plain_folder(model_dir)
    if is_adapter(model_dir):
        require_plain_adapter(model_dir)
    weights = "adapter_model.safetensors" if is_adapter(model_dir) else "*.safetensors"
    if any(model_dir.glob(weights)):
        return
    if [*model_dir.glob("*.bin"), *model_dir.glob("*.pt"), *model_dir.glob("*.pth")]:
        raise ModelUnusable(
            f"{model_dir} holds only pickled weights, which can run code when loaded; "
            "save the model again with safe_serialization=True."
        )
    raise ModelUnusable(f"{model_dir} holds no .safetensors weights: is the download complete?")


def require_base(base_dir: Path) -> None:
    """Check that a directory holds a full model, for an adapter to be laid over.

    Raises:
        ModelUnusable: It holds an adapter itself, or as `require_safetensors`.
    """
    if is_adapter(base_dir):
        raise ModelUnusable(
            f"the base model {base_dir} holds an adapter itself: take {ADAPTER_SETTINGS} out, "
            "or merge the two with `evaluator models merge`."
        )
    require_safetensors(base_dir)


def is_adapter(model_dir: Path) -> bool:
    """Return whether a directory holds a PEFT adapter instead of a full checkpoint."""
    return (model_dir / ADAPTER_SETTINGS).is_file()


def base_of(model_dir: Path, base_model: str | None) -> str:
    """Return the path or hub name of an adapter's base model.

    Args:
        model_dir: The adapter.
        base_model: What the user named instead, or None.

    Raises:
        ModelUnusable: Neither the adapter nor the user names one.
    """
    base = base_model or adapter_settings(model_dir).get("base_model_name_or_path")
    if not base:
        raise ModelUnusable(f"{model_dir} does not name its base model; pass --base-model.")
    return str(base)


def checkpoint_fingerprint(model_dir: Path, base_model: str | None) -> str:
    """Return a digest of a model directory's weights and settings, an adapter's base included.

    Raises:
        ModelUnusable: The directory is missing, holds no safetensors weights, or cannot be read.
    """
    require_safetensors(model_dir)
    lines = _digests(model_dir)
    if is_adapter(model_dir):
        base = base_of(model_dir, base_model)
        if Path(base).is_dir():
            require_base(Path(base))
            lines += _digests(Path(base))
        else:
            lines.append(f"base {base}")
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
