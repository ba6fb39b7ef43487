"""The work of `evaluator agreement`: verdicts against human ratings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluator.errors import DataUnusable
from evaluator.judge.calibration_file import calibration_json, fit_labelled
from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.overrides import Level
from evaluator.report.agreement import (
    AgreementReport,
    Corrected,
    Correction,
    FittedCalibration,
    measures,
)
from evaluator.run.directory import write_whole
from evaluator.run.finished import FinishedRun, read_finished
from evaluator.run.holding import held
from evaluator.run.human_labels import HumanLabels, read_human_labels
from evaluator.run.rating import Rated, rated
from evaluator.statistics.correction import JudgeAgainstHumans, corrected_mean, corrected_rate
from evaluator.statistics.judge_agreement import judge_agreement
from evaluator.statistics.rated import RatedItem, median_level
from evaluator.storage.copies import fetched


def compare_with_people(
    path: Path, labels: Path, save_calibration: Path | None, seed: int
) -> AgreementReport:
    """Compare verdicts with human ratings; write `agreement.json` and the calibration asked for.

    Args:
        path: A run directory, or a `matrix.json`, beside which nothing is written.
        labels: The table of ratings.
        save_calibration: Where a calibration by the ratings is written, if anywhere.
        seed: Seed of the resampling.

    Raises:
        ConfigError: The run cannot be read or has not ended.
        DataUnusable: The ratings cannot be read, are not of this run, or are too few to calibrate.
        StorageFailed: A file cannot be written, or another process works in the directory.
    """
    run = read_finished(path)
    human = read_human_labels(fetched(labels, DataUnusable), run.levels)
    found = rated(run, human)
    calibration = None
    if save_calibration is not None:
        calibration = _calibrate(run.matrix, found.ratings_of_pairs, save_calibration)
    judged = [item for item in found.items if not item.by_rule]
    report = AgreementReport(
        unit=human.unit,
        rated=len(found.items) + found.unscored,
        unrated=human.unrated,
        unscored=found.unscored,
        raters=max(len(item.ratings) for item in found.items),
        drawn=human.drawn,
        judge=run.matrix.lock,
        all_items=measures(judge_agreement(found.items, seed)),
        judged_items=measures(judge_agreement(judged, seed)) if judged else None,
        correction=_correction(run, human, found),
        calibration=calibration,
        seed=seed,
    )
    if run.path.is_dir():
        with held(path) as directory:
            write_whole(directory.agreement_file, report.model_dump_json(indent=1) + "\n")
    return report


def _calibrate(
    matrix: VerdictMatrix, ratings: Mapping[LabelPair, Sequence[Level]], file: Path
) -> FittedCalibration:
    pairs = sorted(ratings, key=lambda pair: (pair.first, pair.second))
    calibration = fit_labelled(
        matrix.lock,
        [matrix.centred_logit(pair) for pair in pairs],
        [median_level(ratings[pair]) != "unrelated" for pair in pairs],
        centred=matrix.calibration is not None and matrix.calibration.is_centred,
    )
    write_whole(file, calibration_json(calibration) + "\n")
    return FittedCalibration(
        kind=calibration.kind, n=calibration.n, base_rate=calibration.base_rate, file=str(file)
    )


def _correction(run: FinishedRun, human: HumanLabels, found: Rated) -> Correction | None:
    """Return what a random sample's ratings say of all cases; None for any other sample."""
    if human.drawn != "random" or human.unit == "pairs" or run.threshold is None:
        return None
    threshold, others = run.threshold, found.unrated_scores
    judged = [item.score for item in found.items]
    people = [item.human_score for item in found.items]
    mean = corrected_mean(people, judged, others)
    passed = sum(score >= threshold for score in others)
    rate = corrected_rate(passed, len(others), _judge_against_people(found.items, threshold))
    everyone = len(judged) + len(others)
    passed_of_all = passed + sum(score >= threshold for score in judged)
    return Correction(
        labelled=len(judged),
        unlabelled=len(others),
        score=Corrected(
            by_the_judge=(sum(judged) + sum(others)) / everyone,
            value=mean.mean.value,
            ci95=mean.mean.interval,
            method=f"PPI++ with λ = {mean.tuning:.2f}",
        ),
        threshold=threshold,
        pass_rate=Corrected(
            by_the_judge=passed_of_all / everyone,
            value=rate.value,
            ci95=rate.interval,
            method="Rogan–Gladen",
        ),
    )


def _judge_against_people(items: Sequence[RatedItem], threshold: float) -> JudgeAgainstHumans:
    passes = [item.score >= threshold for item in items if item.human_score >= threshold]
    fails = [item.score < threshold for item in items if item.human_score < threshold]
    return JudgeAgainstHumans(len(passes), sum(passes), len(fails), sum(fails))
