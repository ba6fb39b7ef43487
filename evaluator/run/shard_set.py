"""All shards of one run: found, complete, and made from the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from evaluator.cases.shard import Shard
from evaluator.errors import ConfigError
from evaluator.run.finished import MATRIX_FILE, PREDICTIONS_FILE, RUN_FILE, SHARD_FILE
from evaluator.run.provenance import RunRecord, changes
from evaluator.run.shard_predictions import ShardPredictions
from evaluator.run.shard_record import ShardRecord
from evaluator.run.shard_root import FOLDER, SHARDS
from evaluator.storage.copies import fetched
from evaluator.storage.location import url_of

MOST_NAMED = 5
ALIKE = ("calibration", "explain")
"""Settings that a shard may be continued with others of, and that are not said to the merge."""


@dataclass(frozen=True, slots=True)
class DoneShard:
    """A shard whose cases are all done.

    Attributes:
        shard: Which one.
        path: Its directory.
        record: What it was made from.
        told: What it tells the merge.
    """

    shard: Shard
    path: Path
    record: RunRecord
    told: ShardRecord

    @property
    def predictions(self) -> ShardPredictions:
        """Its cases and predictions."""
        file = self.path / PREDICTIONS_FILE
        return ShardPredictions(file, self.shard, self.told.cases, self.told.predictions_sha256)

    @property
    def has_verdicts(self) -> bool:
        """Whether it asked the judge, as the first shard does unless the merge is to ask."""
        return self.told.matrix_sha256 is not None

    @property
    def matrix_file(self) -> Path:
        """The verdicts, where it has them."""
        return self.path / MATRIX_FILE


def done_shards(sources: Sequence[Path]) -> tuple[DoneShard, ...]:
    """Return every shard of a run, in order.

    Args:
        sources: What `--save-to` named for the shards, or the shards' own directories.

    Raises:
        ConfigError: A shard is missing, unfinished, named twice or made from something else.
    """
    places = _places(sources)
    count = next(iter(places)).count
    found = {shard: _read(shard, path) for shard, path in places.items()}
    _require_complete(found, count)
    done = tuple(sorted((one for one in found.values() if one), key=lambda one: one.shard.index))
    for other in done[1:]:
        _require_same(done[0], other)
    return done


def _places(sources: Sequence[Path]) -> dict[Shard, Path]:
    """Return the directory of each shard that there is."""
    places: dict[Shard, Path] = {}
    for source in sources:
        for shard, path in _shards_at(_here(source)):
            if shard in places:
                raise ConfigError(
                    f"{shard} is named twice, as {places[shard]} and {path}; name one of them."
                )
            places[shard] = path
    counts = sorted({shard.count for shard in places})
    if len(counts) > 1:
        told = " and of ".join(map(str, counts))
        raise ConfigError(
            f"there are shards of {told}; delete those that are not meant, or name the "
            "directories of those that are."
        )
    return places


def _here(source: Path) -> Path:
    """Return a root or a shard's directory on this machine, with what the merge reads of it."""
    if url_of(source) is None:
        return source
    if FOLDER.fullmatch(source.name):
        return fetched(source, ConfigError)
    return fetched(source / SHARDS, ConfigError).parent


def _shards_at(source: Path) -> Iterator[tuple[Shard, Path]]:
    """Yield the shards below a root, or the one that a directory is."""
    own = _shard_of(source)
    if own is not None:
        yield own, source
        return
    folders = sorted((source / SHARDS).glob("*-of-*"))
    below = [(shard, path) for path in folders if (shard := _shard_of(path)) is not None]
    if not below:
        raise ConfigError(
            f"{source} holds no shards; name what --save-to named in `evaluator run --shard I/N`, "
            "or the directories of the shards."
        )
    yield from below


def _shard_of(path: Path) -> Shard | None:
    """Return which shard a directory holds, by its record or else by its name."""
    record = _record(path)
    named = FOLDER.fullmatch(path.name)
    if record is not None and record.config.get("shard"):
        return _parsed(str(record.config["shard"]))
    return _parsed("/".join(named.groups())) if named is not None and path.is_dir() else None


def _parsed(text: str) -> Shard | None:
    try:
        return Shard.parse(text)
    except ValueError:
        return None


def _record(path: Path) -> RunRecord | None:
    try:
        return RunRecord.model_validate_json((path / RUN_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _read(shard: Shard, path: Path) -> DoneShard | None:
    """Return a shard, or None where it is not finished."""
    record = _record(path)
    if record is None or record.status != "done":
        return None
    try:
        told = ShardRecord.model_validate_json((path / SHARD_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return DoneShard(shard, path, record, told)


def _require_complete(found: Mapping[Shard, DoneShard | None], count: int) -> None:
    missing = [n for n in range(count) if Shard(n, count) not in found]
    unfinished = sorted(shard.index for shard, done in found.items() if done is None)
    for indices, problem in ((unfinished, "not finished"), (missing, "missing")):
        if len(indices) == 1:
            shard = Shard(indices[0], count)
            raise ConfigError(
                f"{shard} is {problem}: run `evaluator run … --shard {shard.written}` again."
            )
        if indices:
            shown = ", ".join(map(str, indices[:MOST_NAMED]))
            more = f" and {len(indices) - MOST_NAMED} more" if len(indices) > MOST_NAMED else ""
            raise ConfigError(
                f"shards {shown}{more} of {count} are {problem}: run `evaluator run … --shard "
                f"I/{count}` again for each."
            )


def _require_same(first: DoneShard, other: DoneShard) -> None:
    """Refuse a shard that is not of the same run as the first."""
    one, another = first.record, other.record
    found = [
        *changes(one.lasting, another.lasting),
        *changes(one.fingerprints, another.fingerprints),
        *changes(one.versions, another.versions),
        *changes(*({name: record.config.get(name) for name in ALIKE} for record in (one, another))),
        *changes({"cases": first.told.total}, {"cases": other.told.total}),
    ]
    if found:
        raise ConfigError(
            f"{other.shard} was made from something else than {first.shard}: {'; '.join(found)}. "
            f"Run `evaluator run … --shard {other.shard.written} --fresh` with what {first.shard} "
            "was run with."
        )
