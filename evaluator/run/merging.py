"""The shards of a run made into the run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaluator.cases.digest import file_sha256
from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix_file import read_matrix
from evaluator.run.concluding import RunContext, conclude
from evaluator.run.configuration import explained
from evaluator.run.directory import RunDirectory
from evaluator.run.holding import held
from evaluator.run.judged import Judged
from evaluator.run.merged_predictions import MergedPredictions
from evaluator.run.overriding import read_overrides
from evaluator.run.pipeline import Finished
from evaluator.run.progress import Progress
from evaluator.run.provenance import RunRecord, changes, read_record, write_record
from evaluator.run.settings import RunSettings
from evaluator.run.shard_set import DoneShard, done_shards
from evaluator.run.stopwatch import Stopwatch
from evaluator.run.stored_judge import limited
from evaluator.run.usage import total_usage
from evaluator.run.wanting import wanted_for_texts, wanted_of_any
from evaluator.storage.copies import fetched

APPLIED_AT_THE_END = (
    "threshold",
    "max_unscored",
    "min_judge_auc",
    "fail_under",
    "fail_under_lower_bound",
    "min_accuracy",
    "overrides",
    "junit",
)
"""Settings that no shard applies; those of the shards count where the merge is given none."""


def merge_shards(
    sources: Sequence[Path],
    save_to: Path | None,
    given: Mapping[str, Any],
    progress: Progress,
) -> Finished:
    """Make the run of its shards: every case scored anew, as one process would have done.

    Args:
        sources: What `--save-to` named for the shards, or the shards' own directories.
        save_to: Where the run is written; None for the only source.
        given: Settings that are applied at the end; the shards' own count where one is missing.
        progress: Where progress is shown.

    Raises:
        ConfigError: A shard is missing, unfinished or of another run, or a setting is unusable.
        DataUnusable: What a shard wrote is damaged, or does not make up the cases.
        StorageFailed: The disk refuses, or another process works in the directory.
    """
    if save_to is None and len(sources) > 1:
        raise ConfigError("the merge of several directories needs a place: add --save-to.")
    shards = done_shards(sources)
    settings = _settings(shards, given, save_to or sources[0])
    watch = _started(shards)
    first = shards[0]
    labels = LabelSet(first.told.labels)
    told = settings.overrides
    overrides = read_overrides(None if told is None else fetched(told, DataUnusable), labels)
    predictions = MergedPredictions([one.predictions for one in shards], first.told.total)
    with held(settings.save_to) as directory:
        record = _record(shards, settings)
        _make_room(directory, record)
        write_record(directory, record)
        with watch.timing("merging"):
            wanted = wanted_of_any(labels) or wanted_for_texts(predictions, labels, record.rubric)
            _require_unchanged_matrix(first)
            matrix = limited(read_matrix(first.matrix_file, labels), wanted, first.told.reasons)
        usage = total_usage([one.told.usage for one in shards])
        judged = Judged(matrix, usage).overruled(overrides)
        context = RunContext(settings, record.rubric, directory, watch, progress)
        summary = conclude(context, predictions, judged, record)
        write_record(directory, record.finished(watch.seconds))
    return Finished(summary, directory)


def _settings(shards: Sequence[DoneShard], given: Mapping[str, Any], save_to: Path) -> RunSettings:
    """Return the settings of the run: the shards' own, and what is given to the merge."""
    first = shards[0].record.config
    for other in shards[1:]:
        free = [name for name in APPLIED_AT_THE_END if name not in given]
        apart = changes(
            {name: first.get(name) for name in free},
            {name: other.record.config.get(name) for name in free},
        )
        if apart:
            raise ConfigError(
                f"{other.shard} and {shards[0].shard} were given different settings for the end: "
                f"{'; '.join(apart)}; say to `evaluator merge` which ones count."
            )
    values = {**first, "shard": None, "fresh": False, "save_to": save_to, **given}
    try:
        return RunSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explained(error)) from error


def _record(shards: Sequence[DoneShard], settings: RunSettings) -> RunRecord:
    first = shards[0].record
    return first.model_copy(
        update={
            "status": "running",
            "config": settings.model_dump(mode="json"),
            "started_at": min(one.record.started_at for one in shards),
            "finished_at": None,
            "timings": {},
            "merged_from": len(shards),
        }
    )


def _started(shards: Sequence[DoneShard]) -> Stopwatch:
    """Return a stopwatch on which all shards' time already is."""
    spent: Counter[str] = Counter()
    for one in shards:
        spent.update(one.record.timings)
    watch = Stopwatch()
    watch.seconds.update({stage: round(seconds, 3) for stage, seconds in spent.items()})
    return watch


def _make_room(directory: RunDirectory, record: RunRecord) -> None:
    """Forget an earlier merge of another run; refuse to write over a run of its own."""
    if not directory.run_file.exists():
        return
    earlier = read_record(directory)
    if earlier.merged_from is None:
        raise ConfigError(
            f"{directory.path} holds a run that is not merged from shards; name another place "
            "with --save-to."
        )
    same = ("lasting", "fingerprints", "judge", "rubric")
    if any(getattr(earlier, name) != getattr(record, name) for name in same):
        directory.forget()


def _require_unchanged_matrix(first: DoneShard) -> None:
    if file_sha256(first.matrix_file) != first.told.matrix_sha256:
        raise DataUnusable(
            f"{first.matrix_file} is not what {first.shard} wrote: run `evaluator run … --shard "
            f"{first.shard.written}` again, which writes it anew."
        )
