"""A merge that can be done: everything about it that headers and settings tell."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from evaluator.classifier.adapter_settings import require_plain_adapter
from evaluator.classifier.files import require_base
from evaluator.classifier.module_search import require_short_searches
from evaluator.errors import ModelUnusable, StorageFailed
from evaluator.models.adapter_config import AdapterConfig
from evaluator.models.base_model import find_base
from evaluator.models.checkpoint_config import CheckpointConfig
from evaluator.models.directory import ModelDirectory
from evaluator.models.inspecting_adapter import adapter_config
from evaluator.models.inspecting_checkpoint import checkpoint_config
from evaluator.models.lora_tensors import adapter_tensors
from evaluator.models.merge_plan import CLASSIFIER, CLASSIFIES, MergePlan, classifies, plan_merge
from evaluator.models.weights import adapter_weights, checkpoint_weights
from evaluator.run.room import room_at

MARGIN = 128 << 20
"""Bytes to spare on the disk, for settings and tokenizer."""


@dataclass(frozen=True, slots=True)
class PreparedMerge:
    """An adapter and a base that fit each other.

    Attributes:
        adapter: The adapter's directory.
        config: Its settings.
        base: The base model's directory.
        base_config: Its settings.
        plan: What is written.
    """

    adapter: ModelDirectory
    config: AdapterConfig
    base: ModelDirectory
    base_config: CheckpointConfig
    plan: MergePlan

    @property
    def classifies(self) -> bool:
        """Whether the merged model gives classes and does not write."""
        return classifies(self.config, self.base_config)

    def require_room(self, folder: Path, option: str) -> None:
        """Check that a disk has room for the merged model.

        Args:
            folder: Where it is to be; it need not exist yet.
            option: By which another place is named.

        Raises:
            StorageFailed: It has not.
        """
        room, needed = room_at(folder), self.plan.size + MARGIN
        if room.free < needed:
            raise StorageFailed(
                f"the merged model takes {needed >> 20} MiB and {room.there} has "
                f"{room.free >> 20} MiB free; make room, or name another place with {option}."
            )


def prepare_merge(adapter: Path, base_named: str | None) -> PreparedMerge:
    """Check that an adapter can be merged into its base.

    Args:
        adapter: The adapter's directory.
        base_named: Path or hub name of its base, which overrides the adapter's own.

    Raises:
        ModelUnusable: It cannot.
    """
    _require_packages()
    directory = ModelDirectory(adapter)
    config = adapter_config(directory)
    require_plain_adapter(adapter)
    revision = None if base_named else config.revision  # it is of the base the adapter names
    base = _base(adapter, base_named or config.base_model_name_or_path, revision)
    require_base(base.path)
    weights = adapter_weights(directory)
    for flaw in weights.flaws:
        raise ModelUnusable(f"{flaw.said}; {flaw.advice}")
    (file,) = weights.files
    base_config = checkpoint_config(base)
    base_weights = checkpoint_weights(base)
    require_short_searches(adapter, {one.name.rpartition(".")[0] for one in base_weights.tensors})
    plan = plan_merge(config, adapter_tensors(weights.tensors), file, base_config, base_weights)
    has_head = (base_config.architecture or "").endswith(CLASSIFIER)
    if config.task_type == CLASSIFIES and plan.classes is None and not has_head:
        raise ModelUnusable(
            f"{adapter} was not trained as a classifier: neither it nor its base holds a head."
        )
    return PreparedMerge(directory, config, base, base_config, plan)


def _require_packages() -> None:
    for package in ("torch", "transformers", "peft", "safetensors"):
        try:
            import_module(package)
        except ImportError as error:
            raise ModelUnusable(
                f"merging needs {package}: pip install 'llm-judge-evaluator[classifier]'."
            ) from error


def _base(adapter: Path, name: str | None, revision: str | None) -> ModelDirectory:
    if not name:
        raise ModelUnusable(f"{adapter} does not name its base model; name it with --base.")
    base = find_base(name, revision)
    if base is None:
        raise ModelUnusable(
            f"the base model '{name}' is neither a directory here nor in the cache of the hub; "
            "correct it with --base, or fetch it first."
        )
    return base
