"""The shards of a run made into the run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluator.backends.protocol import PullProgress
from evaluator.cases.digest import file_sha256
from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix_file import read_matrix
from evaluator.judge.overrides import Overrides
from evaluator.run.concluding import RunContext, conclude
from evaluator.run.directory import RunDirectory, remove
from evaluator.run.fetching import with_inputs_here
from evaluator.run.holding import held
from evaluator.run.judge_stage import JudgeStage
from evaluator.run.judged import Judged
from evaluator.run.merge_settings import merged_settings
from evaluator.run.merged_predictions import MergedPredictions
from evaluator.run.overriding import read_overrides
from evaluator.run.pipeline import Finished
from evaluator.run.progress import Progress
from evaluator.run.provenance import RunRecord, read_record, write_record
from evaluator.run.settings import RunSettings
from evaluator.run.shard_set import DoneShard, done_shards
from evaluator.run.stopwatch import Stopwatch
from evaluator.run.stored_judge import limited
from evaluator.run.usage import total_usage
from evaluator.run.wanting import wanted_for_texts, wanted_of_any

APPLIED = ("overrides",)
ASKED_WITH = (*APPLIED, "calibration", "matrix")
"""Settings whose inputs the merge reads where the shards left it to ask the judge."""


def merge_shards(
    sources: Sequence[Path],
    save_to: Path | None,
    given: Mapping[str, Any],
    progress: Progress,
    pull: PullProgress,
) -> Finished:
    """Make the run of its shards: every case scored anew, as one process would have done.

    The judge is asked where the shards left it to the merge, because what it is asked depends on
    the predictions of all of them.

    Args:
        sources: What `--save-to` named for the shards, or the shards' own directories.
        save_to: Where the run is written; None for the only source.
        given: Settings that are applied at the end; the shards' own count where one is missing.
        progress: Where progress is shown.
        pull: Progress of pulling a missing judge.

    Raises:
        ConfigError: A shard is missing, unfinished or of another run, or a setting is unusable.
        DataUnusable: What a shard wrote is damaged, or does not make up the cases.
        JudgeUnavailable: The judge stopped answering; what it said is in the run directory.
        StorageFailed: The disk refuses, or another process works in the directory.
    """
    place = _place(sources, save_to)
    shards = done_shards(sources)
    first = shards[0]
    settings = merged_settings(shards, given, place)
    settings = with_inputs_here(settings, APPLIED if first.has_verdicts else ASKED_WITH)
    watch = _started(shards)
    labels = LabelSet(first.told.labels)
    overrides, rubric = read_overrides(settings.overrides, labels), first.record.rubric
    predictions = MergedPredictions([one.predictions for one in shards], first.told.total)
    stage = None if first.has_verdicts else JudgeStage(settings, labels, rubric, pull)
    with held(settings.save_to) as directory:
        context = RunContext(settings, rubric, directory, watch, progress)
        record = _record(shards, settings)
        if stage is None:
            _begin(directory, record)
            judged = _judged_by_shards(context, predictions, shards, overrides)
        else:
            with watch.timing("merging"):
                wanted = wanted_for_texts(predictions, labels, rubric)
            with stage.judge:
                record = _begin_judging(directory, record, stage.lock)
                judged = stage.judged(context, predictions, wanted, overrides)
        summary = conclude(context, predictions, judged, record)
        write_record(directory, record.finished(watch.seconds))
    return Finished(summary, directory)


def _place(sources: Sequence[Path], save_to: Path | None) -> Path:
    if save_to is not None:
        return save_to
    if len(sources) > 1:
        raise ConfigError("the merge of several directories needs a place: add --save-to.")
    return sources[0]


def _judged_by_shards(
    context: RunContext[RunSettings],
    predictions: MergedPredictions,
    shards: Sequence[DoneShard],
    overrides: Overrides,
) -> Judged:
    """Return the verdicts of the first shard, and what all of them cost."""
    first = shards[0]
    labels = LabelSet(first.told.labels)
    remove(context.directory.reasons_file)  # of an earlier merge, which asked for them
    with context.watch.timing("merging"):
        wanted = wanted_of_any(labels) or wanted_for_texts(predictions, labels, context.rubric)
        _require_unchanged_matrix(first)
        matrix = limited(read_matrix(first.matrix_file, labels), wanted, first.told.reasons)
    usage = total_usage([one.told.usage for one in shards])
    return Judged(matrix, usage).overruled(overrides)


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


def _begin(directory: RunDirectory, record: RunRecord) -> None:
    """Record the merge; forget an earlier one of another run, or by another judge."""
    earlier = _earlier(directory)
    if earlier is not None and not (
        _is_same_run(earlier, record) and earlier.judge == record.judge
    ):
        directory.forget()
    write_record(directory, record)


def _begin_judging(directory: RunDirectory, record: RunRecord, lock: JudgeLock) -> RunRecord:
    """Record a merge that asks a judge, and return the record with it."""
    _require_same_judge(directory, record, lock)
    record = record.model_copy(update={"judge": lock})
    _begin(directory, record)
    return record


def _require_same_judge(directory: RunDirectory, record: RunRecord, lock: JudgeLock) -> None:
    """Refuse another judge than the one whose answers on the same run are in a directory."""
    earlier = _earlier(directory)
    if earlier is None or earlier.judge in (None, lock) or not _is_same_run(earlier, record):
        return
    raise ConfigError(
        f"the judge changed since the merge in {directory.path} was started: "
        f"{'; '.join(lock.differences(earlier.judge))}. "
        "Use that judge again, or another --save-to."
    )


def _earlier(directory: RunDirectory) -> RunRecord | None:
    """Return what the last merge recorded; refuse to write over a run of its own."""
    if not directory.run_file.exists():
        return None
    earlier = read_record(directory)
    if earlier.merged_from is None:
        raise ConfigError(
            f"{directory.path} holds a run that is not merged from shards; name another place "
            "with --save-to."
        )
    return earlier


def _is_same_run(earlier: RunRecord, record: RunRecord) -> bool:
    """Whether two merges are of the same run; shards that were started over are another one."""
    same = ("lasting", "fingerprints", "rubric", "started_at")
    return all(getattr(earlier, name) == getattr(record, name) for name in same)


def _require_unchanged_matrix(first: DoneShard) -> None:
    if file_sha256(first.matrix_file) != first.told.matrix_sha256:
        raise DataUnusable(
            f"{first.matrix_file} is not what {first.shard} wrote: run `evaluator run … --shard "
            f"{first.shard.written}` again, which writes it anew."
        )
