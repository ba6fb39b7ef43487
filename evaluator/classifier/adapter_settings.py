"""What an adapter's settings may ask of peft, which reads, fetches and imports what they name."""

from math import inf
from pathlib import Path
from typing import Any

from evaluator.classifier.settings_file import NoSettings, settings_in
from evaluator.errors import ModelUnusable

FILE_NAME = "adapter_config.json"

KINDS = ("ADALORA", "IA3", "LOHA", "LOKR", "LORA")
"""Kinds of adapters that are made of their own weights alone; others name models and files."""

MOST_LAYERS = 1_000


def adapter_settings(adapter_dir: Path) -> dict[str, Any]:
    """Return an adapter's settings.

    Raises:
        ModelUnusable: They cannot be read.
    """
    try:
        return settings_in(adapter_dir / FILE_NAME)
    except NoSettings as error:
        raise ModelUnusable(f"{adapter_dir} has no readable {FILE_NAME}: {error}.") from error


def require_plain_adapter(adapter_dir: Path) -> None:
    """Refuse an adapter that asks for more than to be laid over its base.

    Raises:
        ModelUnusable: Its settings cannot be read, have a module imported, another model or file
            read, or layers repeated beyond measure.
    """
    settings = adapter_settings(adapter_dir)
    if settings.get("megatron_config"):
        raise ModelUnusable(
            f"{adapter_dir} asks for Megatron, which imports a module that it names: save the "
            "adapter again without megatron_config."
        )
    kind = settings.get("peft_type")
    if kind not in KINDS:
        raise ModelUnusable(
            f"{adapter_dir} is an adapter of the kind {str(kind)[:40]}, which is not read here: "
            f"use one of {', '.join(KINDS)}, or merge it where it was trained."
        )
    if _replicated(settings.get("layer_replication")) > MOST_LAYERS:
        raise ModelUnusable(
            f"{adapter_dir} repeats its base's layers to more than {MOST_LAYERS}: do not use it."
        )


def _replicated(ranges: Any) -> float:
    """Return how many layers a list of ranges of layers makes; endless where it is none."""
    try:
        return sum(max(0.0, float(end - start)) for start, end in ranges or ())
    except (TypeError, ValueError, OverflowError):
        return inf
