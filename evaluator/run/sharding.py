"""One shard of a run: its own cases classified; of all shards the first asks about the labels."""

from dataclasses import dataclass
from pathlib import Path

from evaluator.backends.protocol import PullProgress
from evaluator.cases.digest import text_sha256
from evaluator.cases.shard import Shard
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix import Wanted
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.classifying import case_source, chosen_cases, classify_cases
from evaluator.run.directory import RunDirectory, write_whole
from evaluator.run.fingerprints import run_fingerprints
from evaluator.run.holding import held
from evaluator.run.judge_stage import JudgeStage
from evaluator.run.judged import Judge, Judged
from evaluator.run.labelling import labels_of_model
from evaluator.run.overriding import read_overrides
from evaluator.run.pipeline import Finished, run_evaluation
from evaluator.run.progress import Progress
from evaluator.run.provenance import Provenance
from evaluator.run.settings import RunSettings
from evaluator.run.shard_predictions import write_predictions
from evaluator.run.shard_record import ShardRecord, unanswered_of
from evaluator.run.stopwatch import Stopwatch
from evaluator.run.stored_judge import StoredJudge
from evaluator.run.surveying import survey_shard
from evaluator.run.usage import NOTHING_ASKED
from evaluator.run.wanting import wanted_of_any
from evaluator.storage.publishing import publish

SHARDS = "shards"
MATRIX = "matrix.json"


@dataclass(frozen=True, slots=True)
class FinishedShard:
    """A shard of which every case is done.

    Attributes:
        shard: Which one.
        cases: How many cases it has.
        total: How many all shards have.
        directory: Where it is kept.
        root: What all shards share, and the merge is told.
    """

    shard: Shard
    cases: int
    total: int
    directory: RunDirectory
    root: Path


def run_whole_or_shard(
    settings: RunSettings, progress: Progress, pull: PullProgress
) -> Finished | FinishedShard:
    """Evaluate all cases, or those of the shard that the settings name.

    Raises:
        EvaluatorError: Any of its kinds; everything computed so far is kept.
    """
    shard = settings.own_shard
    if shard is None:
        return run_evaluation(settings, progress, pull)
    return run_shard(settings, shard, progress, pull)


def run_shard(
    settings: RunSettings, shard: Shard, progress: Progress, pull: PullProgress
) -> FinishedShard:
    """Classify the cases of a shard; the first one judges the label set, where that says it all.

    Raises:
        EvaluatorError: Any of its kinds; everything computed so far is in the shard's directory.
    """
    watch = Stopwatch()
    rubric = load_rubric(settings.rubric)
    with watch.timing("reading"):
        names, labels = labels_of_model(settings)
        source = case_source(settings)
        surveyed = survey_shard(chosen_cases(source, settings), labels, shard)
        fingerprints = run_fingerprints(settings, source, labels, rubric)
        read_overrides(settings.overrides, labels)  # what is wrong with them is known before work
    judge = JudgeStage(settings, labels, rubric, pull).judge
    wanted = _wanted_beforehand(settings, judge, labels)
    root = settings.save_to
    with held(root / SHARDS / shard.folder) as directory:
        provenance = Provenance(directory, "run", settings, fingerprints, rubric)
        judged: Judged | None = None
        if shard.index == 0 and wanted is not None:
            with judge:
                provenance.lock_judge(judge.lock)
                with watch.timing("judging"):
                    judged = judge.judge(labels, wanted, directory.answers(), progress)
            _publish(judged, directory, root)
        else:
            provenance.start()
        with watch.timing("classifying"):
            predictions = classify_cases(
                surveyed.cases, settings, names, directory.classifications(), progress
            )
            sha256 = write_predictions(directory.predictions_file, surveyed.positions, predictions)
        record = ShardRecord(
            shard=shard.written,
            cases=len(surveyed.cases),
            total=surveyed.total,
            predictions_sha256=sha256,
            labels=tuple(labels),
            matrix_sha256=None if judged is None else text_sha256(_matrix_text(judged)),
            unanswered=() if judged is None else unanswered_of(judged.matrix),
            usage=NOTHING_ASKED if judged is None else judged.usage,
        )
        write_whole(directory.shard_file, record.model_dump_json(indent=1))
        provenance.finish(watch.seconds)
    return FinishedShard(shard, len(surveyed.cases), surveyed.total, directory, root)


def _wanted_beforehand(settings: RunSettings, judge: Judge, labels: LabelSet) -> Wanted | None:
    """Return what the label set's matrix holds, whatever the cases.

    None where what is asked depends on the predictions of all shards: the merge asks it.
    """
    if settings.show_article or settings.explain != "none":
        return None
    if isinstance(judge, StoredJudge):
        return judge.everything
    return wanted_of_any(labels)


def _publish(judged: Judged, directory: RunDirectory, root: Path) -> None:
    """Keep the matrix in the first shard's own directory, and where the others find it."""
    text = _matrix_text(judged)
    write_whole(directory.matrix_file, text)
    write_whole(root / SHARDS / MATRIX, text)
    publish(root / SHARDS / MATRIX)


def _matrix_text(judged: Judged) -> str:
    return matrix_json(judged.matrix) + "\n"
