"""Merging an adapter into its base model."""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from evaluator.classifier.files import refuse_imports
from evaluator.errors import ModelUnusable, StorageFailed
from evaluator.models.base_model import find_base
from evaluator.models.directory import ModelDirectory
from evaluator.models.inspecting_adapter import adapter_config
from evaluator.models.inspecting_checkpoint import checkpoint_config
from evaluator.models.lora_tensors import adapter_tensors
from evaluator.models.merge_check import check_merge
from evaluator.models.merge_plan import CLASSIFIES, MergePlan, plan_merge
from evaluator.models.merge_report import MergeReport
from evaluator.models.merged_settings import write_settings
from evaluator.models.merged_weights import write_weights
from evaluator.models.weights import adapter_weights, checkpoint_weights

logger = logging.getLogger(__name__)

CLASSIFIER = "ForSequenceClassification"
LARGEST_BLOCK = 256 << 20
BLOCKS = 8
"""Of the memory permitted, that one block of a weight may take."""

MARGIN = 128 << 20
"""Bytes to spare on the disk, for settings and tokenizer."""


def merge_adapter(adapter: Path, base_named: str | None, out: Path, memory: int) -> MergeReport:
    """Write an adapter's base model with the adapter merged into it.

    The weights go through memory a block at a time, and keep the base's numeric types. The
    directory appears when everything in it is written and compared.

    Args:
        adapter: The adapter's directory.
        base_named: Path or hub name of its base, which overrides the adapter's own.
        out: Where to; absent or empty.
        memory: Bytes that the merge may take.

    Raises:
        ModelUnusable: The adapter cannot be merged into that base, or the result is not the same.
        StorageFailed: The place is taken, too small, or cannot be written.
    """
    started = time.monotonic()
    _require_free(out)
    _require_packages()
    directory = ModelDirectory(adapter)
    config = adapter_config(directory)
    refuse_imports(adapter)
    base = _base(adapter, base_named or config.base_model_name_or_path, config.revision)
    weights = adapter_weights(directory)
    for flaw in weights.flaws:
        raise ModelUnusable(f"{flaw.said}; {flaw.advice}")
    (file,) = weights.files
    base_config = checkpoint_config(base)
    plan = plan_merge(
        config, adapter_tensors(weights.tensors), file, base_config, checkpoint_weights(base)
    )
    classifies = config.task_type == CLASSIFIES
    headless = not (base_config.architecture or "").endswith(CLASSIFIER)
    if classifies and plan.classes is None and headless:
        raise ModelUnusable(
            f"{adapter} was not trained as a classifier: neither it nor its base holds a head."
        )
    _require_room(plan, out)
    with _appearing(out) as folder:
        for path in write_weights(plan, folder, min(memory // BLOCKS, LARGEST_BLOCK)):
            logger.info("wrote %s", path.name)
        write_settings(directory, base, plan.classes, folder)
        check = check_merge(
            plan, config, adapter=adapter, base=base.path, merged=folder, memory=memory
        )
    return MergeReport(
        adapter=str(adapter),
        base=str(base.path),
        out=str(out),
        parameters=plan.parameters,
        size=plan.size,
        files=len(plan.files),
        changed=len(plan.changes),
        brought=sum(piece.path == file for piece in plan.pieces),
        check=check,
        seconds=time.monotonic() - started,
    )


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


def _require_free(out: Path) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise StorageFailed(f"{out} is there already; name another directory with --out.")


def _require_room(plan: MergePlan, out: Path) -> None:
    there = next(one for one in out.absolute().parents if one.exists())
    free = shutil.disk_usage(there).free
    needed = plan.size + MARGIN
    if free < needed:
        raise StorageFailed(
            f"the merged model takes {needed >> 20} MiB and {there} has {free >> 20} MiB free; "
            "make room, or name another place with --out."
        )


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """Give a directory to write in, which takes its name when everything went well."""
    from safetensors import SafetensorError

    temporary = None
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.absolute().parent))
        yield temporary
        for path in temporary.iterdir():
            path.chmod(0o644)
        temporary.chmod(0o755)
        temporary.replace(out.absolute())
        _keep(out.absolute().parent)
    except SafetensorError as error:
        raise ModelUnusable(f"the weights cannot be read ({error}); fetch them again.") from error
    except OSError as error:
        raise StorageFailed(
            f"{out} cannot be written: {error.strerror or error}; make room or permit writing, "
            "then run the same command again."
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _keep(folder: Path) -> None:
    """Have the disk keep a directory's new names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
