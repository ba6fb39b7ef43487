"""Merging an adapter into its base model."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluator.errors import ModelUnusable, StorageFailed
from evaluator.models.mebibytes import in_mebibytes, mebibytes
from evaluator.models.merge_check import check_merge
from evaluator.models.merge_report import MergeReport
from evaluator.models.merged_settings import write_settings
from evaluator.models.merged_weights import write_weights
from evaluator.models.prepared_merge import PreparedMerge, prepare_merge
from evaluator.models.scratch import scratch_folder
from evaluator.run.folders import force_content, force_names, make_folder
from evaluator.run.progress import Progress

logger = logging.getLogger(__name__)

LARGEST_BLOCK = 256 << 20
BLOCKS = 8
"""Of the memory permitted, that one block of a weight may take."""


def merge_adapter(
    adapter: Path, base_named: str | None, out: Path, memory: int, progress: Progress
) -> MergeReport:
    """Write an adapter's base model with the adapter merged into it.

    Args:
        adapter: The adapter's directory.
        base_named: Path or hub name of its base, which overrides the adapter's own.
        out: Where to; absent or empty, or a link to such a place, which stays.
        memory: Bytes that the merge may take.
        progress: Where progress is shown.

    Raises:
        ModelUnusable: The adapter cannot be merged into that base, or the result is not the same.
        StorageFailed: The place is taken, too small, or cannot be written.
    """
    _require_free(out)
    merge = prepare_merge(adapter, base_named)
    merge.require_room(_place(out).parent, "--out")
    return write_merged(merge, out, memory, progress)


def write_merged(merge: PreparedMerge, out: Path, memory: int, progress: Progress) -> MergeReport:
    """Do a merge that was prepared.

    The weights go through memory a block at a time, and keep the base's numeric types. The
    directory appears when everything in it is written and compared.

    Args:
        merge: What is merged.
        out: Where to; absent or empty.
        memory: Bytes that the merge may take.
        progress: Where progress is shown.

    Raises:
        ModelUnusable: The weights cannot be read, or the result is not the same.
        StorageFailed: The place cannot be written.
    """
    started = time.monotonic()
    plan, adapter, base = merge.plan, merge.adapter, merge.base
    with _appearing(out) as folder:
        with progress.stage("merging", mebibytes(plan.size), "MiB") as advance:
            count = in_mebibytes(advance, plan.size)
            write_weights(plan, folder, min(memory // BLOCKS, LARGEST_BLOCK), count)
        write_settings(adapter, base, plan, folder)
        logger.info("comparing the merged model with base and adapter")
        check = check_merge(
            plan,
            merge.config,
            adapter=adapter.path,
            base=base.path,
            merged=folder,
            memory=memory,
        )
    return MergeReport(
        adapter=str(adapter.path),
        base=str(base.path),
        out=str(out),
        parameters=plan.parameters,
        size=plan.size,
        files=len(plan.files),
        changed=len(plan.changes),
        brought=sum(piece.path == plan.adapter for piece in plan.pieces),
        check=check,
        seconds=time.monotonic() - started,
    )


def _require_free(out: Path) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise StorageFailed(f"{out} is there already; name another directory with --out.")
    if os.path.ismount(_place(out)):
        raise StorageFailed(
            f"{out} is a mount point, which no finished directory can take the place of; name a "
            "directory inside of it with --out."
        )


def _place(out: Path) -> Path:
    """Return where a directory is once links are followed: a link cannot be replaced by it."""
    return Path(os.path.realpath(out))


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """Give a directory to write in, which takes its name when everything went well."""
    from safetensors import SafetensorError

    place = _place(out)
    try:
        make_folder(place.parent)
        with scratch_folder(place.parent, f".{place.name}.merging-") as temporary:
            yield temporary
            for path in temporary.iterdir():
                path.chmod(0o644)
                force_content(path)
            temporary.chmod(0o755)
            force_names(temporary)
            temporary.replace(place)
            force_names(place.parent)
    except SafetensorError as error:
        raise ModelUnusable(f"the weights cannot be read ({error}); fetch them again.") from error
    except OSError as error:
        raise StorageFailed(
            f"{out} cannot be written: {error.strerror or error}; make room or permit writing, "
            "then run the same command again."
        ) from error
