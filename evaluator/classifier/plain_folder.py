"""Whether transformers reads nothing of a model but weights in safetensors beside its settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluator.classifier.settings_file import LONGEST, NoSettings, model_settings, settings_in
from evaluator.errors import ModelUnusable

CONFIG = "config.json"
READ_WHOLE = (
    *(CONFIG, "adapter_config.json", "evaluator.json", "tokenizer_config.json"),
    *("special_tokens_map.json", "added_tokens.json", "generation_config.json"),
    *("processor_config.json", "chat_template.json", "chat_template.jinja"),
)
"""Files with a few settings."""

VOCABULARIES = (
    *("tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "tokenizer.model"),
    *("spiece.model", "spm.model", "sentencepiece.bpe.model"),
)
LONGEST_VOCABULARY = 128 << 20
"""Bytes; the tokenizer.json of a vocabulary of 262,144 words has 33 MB."""

ELSEWHERE = {
    CONFIG: ("transformers_weights", "configuration_files"),
    "tokenizer_config.json": ("fast_tokenizer_files",),
}
"""Keys by which transformers reads other files than those of the usual names."""

IMPLEMENTATIONS = ("attn_implementation", "experts_implementation")
"""Keys, also with `_` before them, that may name code on the hub."""

MOST_CLASSES = 100_000


def require_plain_folder(model_dir: Path) -> None:
    """Check that a directory's files are files, of a sensible size, that name no others.

    Raises:
        ModelUnusable: One is a pipe, a device or too long, names others, or cannot be read.
    """
    for path in (*model_dir.glob("*"), *model_dir.glob("chat_templates/*")):
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ModelUnusable(f"{path} is neither a file nor a folder: do not use this model.")
        longest = _longest(path)
        if longest is not None and path.is_file() and path.stat().st_size > longest:
            raise ModelUnusable(
                f"{path} is too large to be what its name says: fetch the model again."
            )
    for name, keys in ELSEWHERE.items():
        if (model_dir / name).is_file():
            _require_usual_files(model_dir / name, keys)
    for index in model_dir.glob("*.safetensors.index.json"):
        _require_own_shards(index)


def _longest(path: Path) -> int | None:
    """Return how many bytes a file of a name may have, or None where that does not matter."""
    if path.name in VOCABULARIES:
        return LONGEST_VOCABULARY
    settings = path.name in READ_WHOLE or path.parent.name == "chat_templates"
    return LONGEST if settings else None


def _require_usual_files(path: Path, keys: tuple[str, ...]) -> None:
    """Check that settings neither name other files nor ask for more classes than there are.

    Raises:
        ModelUnusable: They do, or cannot be read.
    """
    for key, value in _pairs(model_settings(path)):
        if key in keys and value:
            raise ModelUnusable(
                f"{path} has files of other names read ({key}): save the model again with "
                "save_pretrained(), or remove that key if you know why it is there."
            )
        if key.lstrip("_") in IMPLEMENTATIONS and "/" in str(value):
            raise ModelUnusable(
                f"{path} asks for code on the hub ({key} is {str(value)[:60]!r}): remove that key."
            )
        if key == "num_labels":
            require_countable(path, value)


def require_countable(path: Path, classes: Any) -> None:
    """Check that a number of classes is one that a classifier may have.

    Raises:
        ModelUnusable: It is not.
    """
    if isinstance(classes, int | float) and classes > MOST_CLASSES:
        raise ModelUnusable(
            f"{path} tells of more than {MOST_CLASSES} classes: fetch the model again."
        )


def _pairs(settings: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of settings, those of its parts included."""
    if isinstance(settings, dict):
        for key, value in settings.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _pairs(value)


def _require_own_shards(index: Path) -> None:
    """Check that the list of a checkpoint's parts names files beside it.

    Raises:
        ModelUnusable: It names one elsewhere, or cannot be read.
    """
    try:
        names = set(settings_in(index)["weight_map"].values())
        strange = sorted(name for name in names if Path(name).name != name or name == "..")
    except (NoSettings, LookupError, AttributeError, TypeError) as error:
        raise ModelUnusable(f"{index} is not a list of weights: is it complete?") from error
    if strange:
        raise ModelUnusable(f"{index} names weights outside of its folder: {strange[0]!r}.")
