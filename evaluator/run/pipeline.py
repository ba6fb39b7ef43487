"""The commands' work: the stages in order, each handing typed values to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from evaluator.backends.protocol import PullProgress
from evaluator.classifier.recorded import RecordedPredictions
from evaluator.classifier.seen import SeenModel
from evaluator.judge.labels import LabelSet, read_labels
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.summary import Summary
from evaluator.run.beside import StageBeside
from evaluator.run.classifying import Predictions, case_source, chosen_cases, classify_cases
from evaluator.run.concluding import RunContext, conclude, write_matrix
from evaluator.run.directory import RunDirectory
from evaluator.run.fingerprints import judging_fingerprints, run_fingerprints
from evaluator.run.holding import held
from evaluator.run.judge_stage import JudgeStage
from evaluator.run.judged import Judge, Judged
from evaluator.run.labelling import labels_of_model, labels_of_predictions
from evaluator.run.opening import open_judge
from evaluator.run.overriding import read_overrides
from evaluator.run.progress import Progress
from evaluator.run.provenance import Provenance
from evaluator.run.settings import JudgeSettings, MatrixSettings, RunSettings
from evaluator.run.stopwatch import Stopwatch
from evaluator.run.surveying import survey
from evaluator.run.wanting import wanted_for_texts, wanted_of_any


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run.

    Attributes:
        summary: Its result.
        directory: Where its files are.
    """

    summary: Summary
    directory: RunDirectory


@dataclass(frozen=True, slots=True)
class JudgedLabels:
    """A finished `matrix` command.

    Attributes:
        matrix: The verdicts.
        directory: Where the files are.
    """

    matrix: VerdictMatrix
    directory: RunDirectory


def run_evaluation(settings: RunSettings, progress: Progress, pull: PullProgress) -> Finished:
    """Classify cases with the model under test and judge its predictions.

    Raises:
        EvaluatorError: Any of its kinds; everything computed so far is in the run directory.
    """
    watch = Stopwatch()
    rubric = load_rubric(settings.rubric)
    with watch.timing("reading"):
        seen = SeenModel(settings.model_path, settings.base_model)
        names, labels = labels_of_model(settings)
        source = case_source(settings)
        cases = survey(chosen_cases(source, settings), labels)
        fingerprints = run_fingerprints(settings, source, labels, rubric)
        overrides = read_overrides(settings.overrides, labels)
    stage = JudgeStage(settings, labels, rubric, pull)
    with held(settings.save_to) as directory:
        context = RunContext(settings, rubric, directory, watch, progress)
        provenance = Provenance(directory, "run", settings, fingerprints, rubric)
        with stage.judge as judge:
            provenance.lock_judge(stage.lock)
            journal = directory.classifications()
            classify = partial(classify_cases, cases, settings, names, journal, seen=seen)
            predictions, judged = _classified_and_judged(context, classify, labels, judge)
            judged = stage.completed(context, predictions, judged, overrides)
        summary = conclude(context, predictions, judged, provenance.record)
        provenance.finish(watch.seconds)
    return Finished(summary, directory)


def _classified_and_judged(
    context: RunContext[RunSettings],
    classify: Callable[[Progress], Predictions],
    labels: LabelSet,
    judge: Judge,
) -> tuple[Predictions, Judged]:
    """Return the predictions and the verdicts on labels that they need.

    Both come about at the same time where a server judges and what it is asked does not depend on
    the predictions. A judge in this process would only share its processors with the classifier.
    """

    def classified(progress: Progress) -> Predictions:
        with context.watch.timing("classifying"):
            return classify(progress)

    def judged(wanted: Wanted, progress: Progress) -> Judged:
        with context.watch.timing("judging"):
            return judge.judge(labels, wanted, context.directory.answers(), progress)

    wanted = wanted_of_any(labels)
    if wanted is None or not judge.is_served:
        predictions = classified(context.progress)
        wanted = wanted or wanted_for_texts(predictions, labels, context.rubric)
        return predictions, judged(wanted, context.progress)
    with StageBeside(classified, context.progress) as classifying:
        verdicts = judged(wanted, classifying.progress)
        return classifying.result(), verdicts


def judge_predictions(settings: JudgeSettings, progress: Progress, pull: PullProgress) -> Finished:
    """Judge predictions made elsewhere.

    Raises:
        EvaluatorError: Any of its kinds; everything computed so far is in the run directory.
    """
    watch = Stopwatch()
    rubric = load_rubric(settings.rubric)
    predictions = RecordedPredictions(
        settings.predictions,
        settings.predicted_column,
        settings.gold_column,
        settings.id_column,
        settings.confidence_column,
        settings.text_column,
        settings.show_article,
    )
    with watch.timing("reading"):
        sha256 = predictions.fingerprint
        predictions.require_unique_ids()
        labels = labels_of_predictions(predictions, settings)
        wanted = wanted_for_texts(predictions, labels, rubric)
        overrides = read_overrides(settings.overrides, labels)
    stage = JudgeStage(settings, labels, rubric, pull)
    with held(settings.save_to) as directory:
        context = RunContext(settings, rubric, directory, watch, progress)
        fingerprints = {
            "predictions": sha256,
            **judging_fingerprints(settings, labels, rubric),
        }
        provenance = Provenance(directory, "judge", settings, fingerprints, rubric)
        with stage.judge:
            provenance.lock_judge(stage.lock)
            judged = stage.judged(context, predictions, wanted, overrides)
        summary = conclude(context, predictions, judged, provenance.record)
        provenance.finish(watch.seconds)
    return Finished(summary, directory)


def judge_label_set(
    settings: MatrixSettings, progress: Progress, pull: PullProgress
) -> JudgedLabels:
    """Judge every pair of a label set.

    Raises:
        EvaluatorError: Any of its kinds; everything computed so far is in the run directory.
    """
    watch = Stopwatch()
    rubric = load_rubric(settings.rubric)
    labels = read_labels(settings.labels)
    overrides = read_overrides(settings.overrides, labels)
    judge = open_judge(settings, labels, rubric, pull)
    with held(settings.save_to) as directory:
        context = RunContext(settings, rubric, directory, watch, progress)
        fingerprints = judging_fingerprints(settings, labels, rubric)
        provenance = Provenance(directory, "matrix", settings, fingerprints, rubric)
        with judge:
            provenance.lock_judge(judge.lock)
            with watch.timing("judging"):
                wanted = Wanted(list(labels.pairs()))
                judged = judge.judge(labels, wanted, directory.answers(), progress)
                judged = judged.overruled(overrides)
        write_matrix(context, judged.matrix, None)
        provenance.finish(watch.seconds)
    return JudgedLabels(judged.matrix, directory)
