"""One shard of a run: its own cases classified; of all shards the first asks about the labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evaluator.backends.protocol import PullProgress
from evaluator.cases.digest import text_sha256
from evaluator.cases.shard import Shard
from evaluator.classifier.seen import SeenModel
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.summary import RunUsage
from evaluator.run.beside import StageBeside
from evaluator.run.classifying import Predictions, case_source, chosen_cases, classify_cases
from evaluator.run.concluding import RunContext
from evaluator.run.directory import RunDirectory, write_whole
from evaluator.run.fingerprints import run_fingerprints
from evaluator.run.holding import held
from evaluator.run.judge_stage import JudgeStage
from evaluator.run.judged import Judge
from evaluator.run.kept_cases import kept_cases
from evaluator.run.labelling import labels_of_model
from evaluator.run.overriding import read_overrides
from evaluator.run.pipeline import Finished, run_evaluation
from evaluator.run.progress import Progress
from evaluator.run.provenance import Provenance
from evaluator.run.settings import RunSettings
from evaluator.run.shard_predictions import write_predictions
from evaluator.run.shard_record import ShardRecord, UnansweredPair, unanswered_of
from evaluator.run.shard_root import SHARDS, require_usable_root
from evaluator.run.stopwatch import Stopwatch
from evaluator.run.stored_judge import StoredJudge
from evaluator.run.surveying import SurveyedCases, survey_shard
from evaluator.run.usage import NOTHING_ASKED
from evaluator.run.wanting import wanted_of_any
from evaluator.storage.publishing import publish

MATRIX = "matrix.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking the judge about the labels; of nothing, where nobody was asked.

    Attributes:
        matrix_sha256: Digest of the verdicts' file; None without one.
        unanswered: On what there is no verdict, and why.
        usage: What it cost.
    """

    matrix_sha256: str | None = None
    unanswered: tuple[UnansweredPair, ...] = ()
    usage: RunUsage = NOTHING_ASKED


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
    require_usable_root(settings.save_to, shard)
    watch = Stopwatch()
    rubric = load_rubric(settings.rubric)
    with watch.timing("reading"):
        seen = SeenModel(settings.model_path, settings.base_model)
        names, labels = labels_of_model(settings)
        source = case_source(settings)
        read_overrides(settings.overrides, labels)  # what is wrong with them is known before work
    judge = JudgeStage(settings, labels, rubric, pull).judge
    wanted = _wanted_beforehand(settings, judge, labels) if shard.index == 0 else None
    root = settings.save_to
    with (
        held(root / SHARDS / shard.folder) as directory,
        kept_cases(directory.path, str(source)) as own,
    ):
        with watch.timing("reading"):
            surveyed = survey_shard(chosen_cases(source, settings), labels, shard, own)
            fingerprints = run_fingerprints(settings, source, labels, rubric)
            source.require_unchanged()
        provenance = Provenance(directory, "run", settings, fingerprints, rubric)
        context = RunContext(settings, rubric, directory, watch, progress)
        classify = partial(_classified, context, surveyed.cases, names, seen)
        if wanted is None:
            provenance.start()
            asked, predictions = Asked(), classify(progress)
        else:
            ask = partial(_asked, context, judge, labels, wanted)
            asked, predictions = _asked_and_classified(judge, provenance, ask, classify, progress)
        with watch.timing("classifying"):
            sha256 = write_predictions(directory.predictions_file, surveyed.positions, predictions)
        record = ShardRecord(
            shard=shard.written,
            cases=len(surveyed.cases),
            total=surveyed.total,
            predictions_sha256=sha256,
            labels=tuple(labels),
            matrix_sha256=asked.matrix_sha256,
            unanswered=asked.unanswered,
            usage=asked.usage,
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


def _asked_and_classified(
    judge: Judge,
    provenance: Provenance,
    ask: Callable[[Progress], Asked],
    classify: Callable[[Progress], Predictions],
    progress: Progress,
) -> tuple[Asked, Predictions]:
    """Return what the judge said and the predictions, which come about meanwhile where it can be.

    A judge in this process would only share its processors with the classifier.
    """
    with judge:
        provenance.lock_judge(judge.lock)
        if judge.is_served:
            with StageBeside(classify, progress) as classifying:
                return ask(classifying.progress), classifying.result()
        asked = ask(progress)
    return asked, classify(progress)


def _asked(
    context: RunContext[RunSettings],
    judge: Judge,
    labels: LabelSet,
    wanted: Wanted,
    progress: Progress,
) -> Asked:
    """Ask about the labels and publish the verdicts as soon as they are there."""
    directory = context.directory
    with context.watch.timing("judging"):
        judged = judge.judge(labels, wanted, directory.answers(), progress)
    sha256 = _publish(judged.matrix, directory, context.settings.save_to)
    return Asked(sha256, unanswered_of(judged.matrix), judged.usage)


def _classified(
    context: RunContext[RunSettings],
    cases: SurveyedCases,
    model_labels: Sequence[str],
    seen: SeenModel,
    progress: Progress,
) -> Predictions:
    with context.watch.timing("classifying"):
        journal = context.directory.classifications()
        return classify_cases(cases, context.settings, model_labels, journal, progress, seen=seen)


def _publish(matrix: VerdictMatrix, directory: RunDirectory, root: Path) -> str:
    """Write the matrix and return the SHA-256 of its file.

    The merge takes it from the first shard's own directory. No shard reads the other copy: it is
    there for people, who need not know which directory that is nor wait for the merge.
    """
    text = matrix_json(matrix) + "\n"
    write_whole(directory.matrix_file, text)
    write_whole(root / SHARDS / MATRIX, text)
    publish(root / SHARDS / MATRIX)
    return text_sha256(text)
