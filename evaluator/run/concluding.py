"""The last stage: every case scored from the matrix, and the run directory's files."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from evaluator.classifier.prediction import PredictionSource
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.resolving import resolve
from evaluator.judge.rubric import Rubric
from evaluator.judge.statement import statement_reader
from evaluator.judge.verdict import outcome_of
from evaluator.report.case_line import case_line
from evaluator.report.deepeval import deepeval_results
from evaluator.report.gates import Gates
from evaluator.report.summarize import summarize
from evaluator.report.summary import Summary
from evaluator.run.directory import RunDirectory, appearing_whole, remove, write_whole
from evaluator.run.finished import FinishedRun
from evaluator.run.judged import Judged
from evaluator.run.pairs_file import write_pairs
from evaluator.run.progress import Progress
from evaluator.run.provenance import RunRecord
from evaluator.run.rendering import write_report
from evaluator.run.settings import CaseSettings, Settings
from evaluator.run.stopwatch import Stopwatch
from evaluator.statistics.tally import Tally

CASES_A_STEP = 1_000


SettingsT_co = TypeVar("SettingsT_co", bound=Settings, covariant=True)


@dataclass(frozen=True, slots=True)
class RunContext(Generic[SettingsT_co]):
    """What all stages of one run share.

    Attributes:
        settings: The resolved settings.
        rubric: What the judge is asked.
        directory: Where the run is kept.
        watch: Where the time goes.
        progress: Where progress is shown.
    """

    settings: SettingsT_co
    rubric: Rubric
    directory: RunDirectory
    watch: Stopwatch
    progress: Progress


def conclude(
    context: RunContext[CaseSettings],
    predictions: PredictionSource,
    judged: Judged,
    record: RunRecord,
) -> Summary:
    """Score every case, write the run directory's files and return the summary.

    Args:
        context: What the stages share.
        predictions: The cases.
        judged: The verdicts.
        record: What the run is made from.

    Raises:
        DataUnusable: The predictions are no longer those that were judged; nothing is written.
        StorageFailed: The disk refuses.
    """
    settings, directory = context.settings, context.directory
    with context.watch.timing("scoring"):
        tally = _score_cases(context, predictions, judged)
    write_matrix(context, judged.matrix, tally)
    with context.watch.timing("summarizing"):
        summary = summarize(
            tally,
            judged.matrix,
            context.rubric.levels,
            articles=judged.articles,
            threshold=settings.threshold,
            gates=_gates(settings),
            seed=settings.seed,
            usage=judged.usage,
            timings=dict(context.watch.seconds),
        )
    write_whole(directory.summary_file, summary.model_dump_json(indent=1, by_alias=True) + "\n")
    run = FinishedRun(directory.path, judged.matrix, context.rubric.levels, record)
    for report in (directory.page_file, directory.report_file):
        write_report(run, report)
    if settings.junit:
        write_report(run, directory.junit_file)
    else:
        remove(directory.junit_file)
    return summary


def write_matrix(context: RunContext[Settings], matrix: VerdictMatrix, tally: Tally | None) -> None:
    """Write the matrix for programs and, with the tally's counts, for people.

    Raises:
        StorageFailed: The disk refuses.
    """
    directory = context.directory
    write_whole(directory.matrix_file, matrix_json(matrix) + "\n")
    with appearing_whole(directory.pairs_file) as file:
        write_pairs(file, matrix, tally, context.rubric.levels)


def _gates(settings: CaseSettings) -> Gates:
    return Gates(
        max_unscored=settings.max_unscored,
        fail_under=settings.fail_under,
        min_accuracy=settings.min_accuracy,
        by_lower_bound=settings.fail_under_lower_bound,
        min_judge_auc=settings.min_judge_auc,
    )


def _score_cases(
    context: RunContext[Settings], predictions: PredictionSource, judged: Judged
) -> Tally:
    tally = Tally()
    matrix, articles = judged.matrix, judged.articles
    read = statement_reader(matrix.labels, context.rubric)
    threshold, directory = context.settings.threshold, context.directory
    with (
        context.progress.stage("scoring", None, "cases") as advance,
        appearing_whole(directory.cases_file) as lines,
        appearing_whole(directory.deepeval_file) as file,
        deepeval_results(file, threshold, matrix.lock) as write_result,
    ):
        for prediction in predictions:
            resolved = resolve(prediction, matrix.labels, read)
            names = None if articles is None else resolved.needed_names(matrix.labels)
            below = articles.p_related(*names, prediction.text) if articles and names else None
            outcome = outcome_of(resolved, matrix, context.rubric, below)
            tally.add(outcome)
            lines.write(case_line(outcome).model_dump_json() + "\n")
            write_result(outcome)
            if tally.total % CASES_A_STEP == 0:
                advance(CASES_A_STEP)
        advance(tally.total % CASES_A_STEP)
        predictions.require_unchanged()
    return tally
