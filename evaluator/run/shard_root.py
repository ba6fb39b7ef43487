"""What all shards of a run share: a root, in which each has a directory."""

import re
from pathlib import Path

from pydantic import ValidationError

from evaluator.cases.shard import Shard
from evaluator.errors import ConfigError, StorageFailed
from evaluator.run.finished import RUN_FILE
from evaluator.run.provenance import RunRecord
from evaluator.storage.location import url_of
from evaluator.storage.store import Store, StoreFailed

SHARDS = "shards"
FOLDER = re.compile("([0-9]+)-of-([0-9]+)")
ELSEWHERE = "use another --save-to, which with `evaluator k8s run` is another --name"


def require_usable_root(root: Path, shard: Shard) -> None:
    """Refuse a root that the merge would refuse when all shards have worked.

    Nobody clears it for a shard, `--fresh` or not: what is there may be another shard's work.

    Raises:
        ConfigError: There are shards of another number, or a run that is not made of shards.
        StorageFailed: It cannot be read.
    """
    try:
        names, record = _found_at(root)
    except (OSError, StoreFailed) as error:
        raise StorageFailed(
            f"{root} cannot be read: {getattr(error, 'strerror', None) or error}; permit reading "
            "it, or use another --save-to."
        ) from error
    counts = {int(found[2]) for found in map(FOLDER.fullmatch, names) if found} - {shard.count}
    if counts:
        told = " and of ".join(map(str, sorted(counts)))
        raise ConfigError(
            f"{root / SHARDS} holds shards of {told}, and this is {shard}: {ELSEWHERE}, or delete "
            "those that are not meant."
        )
    if record is not None and not _is_merged(record):
        raise ConfigError(f"{root} holds a run that is not merged from shards: {ELSEWHERE}.")


def _found_at(root: Path) -> tuple[set[str], bytes | None]:
    """Return the names of the shards' directories, and what the root's own run recorded."""
    url = url_of(root)
    if url is not None:
        return Store(f"{url}/{SHARDS}").folders(), Store(url).read(RUN_FILE)
    names = {path.name for path in (root / SHARDS).glob("*-of-*") if path.is_dir()}
    try:
        return names, (root / RUN_FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return names, None


def _is_merged(record: bytes) -> bool:
    try:
        return RunRecord.model_validate_json(record).merged_from is not None
    except ValidationError:
        return False
