"""The work of `evaluator compare`: each further run against the first, case by case."""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from evaluator.errors import ConfigError
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.comparison import (
    POINTS_TO_SEE,
    ComparedRun,
    Comparison,
    ComparisonReport,
    Flips,
    LabelChange,
    RateChange,
    ScoreChange,
    VerdictsApart,
    conclusion_of,
)
from evaluator.run.case_columns import CaseColumns, read_columns
from evaluator.run.changes import (
    label_changes,
    probabilities_better,
    rate_change,
    score_change,
)
from evaluator.run.comparable import (
    JudgedRun,
    judged_run,
    require_same_cases,
    require_same_ruler,
)
from evaluator.run.finished import read_finished
from evaluator.run.flipped_cases import flips
from evaluator.statistics.comparison import cases_needed, holm
from evaluator.statistics.intervals import ROUNDING
from evaluator.storage.location import named

LETTERS = string.ascii_uppercase
FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Held:
    """A run held against the first, before the p-values of all of them are adjusted."""

    accuracy: RateChange
    relevance: ScoreChange
    probabilities: tuple[float | None, float | None]
    labels: tuple[LabelChange, ...]
    flips: tuple[Flips, Flips]
    verdicts_apart: VerdictsApart


def compare_runs(paths: Sequence[Path], seed: int) -> ComparisonReport:
    """Compare finished runs over the same cases, each further one with the first.

    Args:
        paths: The run directories, two to 26.
        seed: Seed of the resampling.

    Raises:
        ConfigError: There are fewer or more, one cannot be read or has not ended, or differs from
            the first in its judge, rubric, data or sample.
        DataUnusable: A directory holds no judged cases, or they cannot be read.
    """
    if not FEWEST <= len(paths) <= len(LETTERS):
        raise ConfigError(
            f"{FEWEST} to {len(LETTERS)} run directories can be compared, not {len(paths)}."
        )
    named = zip(distinct_names(paths), paths, strict=True)
    first, *others = (judged_run(name, read_finished(path)) for name, path in named)
    for other in others:
        require_same_ruler(first, other)
    cases = read_columns(first.run)
    held = [_held_against(first, other, cases, seed) for other in others]
    judge = first.summary.judge
    return ComparisonReport(
        runs=tuple(map(_compared, LETTERS, (first, *others))),
        judge=JudgeLock.model_validate(judge.model_dump(include=set(JudgeLock.model_fields))),
        calibration=judge.calibration,
        base_rate=judge.base_rate,
        comparisons=tuple(_concluded(held)),
        seed=seed,
    )


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """Return the shortest ends of paths that tell them apart; their last parts if nothing does."""
    parts = [path.resolve().parts for path in paths]
    ends = (["/".join(one[-length:]) for one in parts] for length in range(1, max(map(len, parts))))
    whole = [str(path.resolve()) for path in paths]
    return next((names for names in ends if len(set(names)) == len(set(whole))), whole)


def _held_against(first: JudgedRun, other: JudgedRun, cases: CaseColumns, seed: int) -> _Held:
    others = read_columns(other.run)
    require_same_cases(first, other, cases, others)
    return _Held(
        accuracy=rate_change(cases, others),
        relevance=score_change(cases, others),
        probabilities=probabilities_better(cases, others, seed),
        labels=label_changes(cases, others),
        flips=flips(first.run, other.run, cases, others),
        verdicts_apart=_verdicts_apart(first.run.matrix, other.run.matrix, cases, others),
    )


def _verdicts_apart(
    first: VerdictMatrix, second: VerdictMatrix, cases: CaseColumns, others: CaseColumns
) -> VerdictsApart:
    """Return what the judge says otherwise of the same, as servers do that are not reproducible."""
    gaps = list(_gaps(first, second))
    both = cases.scored & others.scored & (cases.predictions == others.predictions)
    scores_apart = numpy.abs(cases.scores - others.scores) > ROUNDING
    return VerdictsApart(
        pairs=len(gaps),
        apart=sum(gap > ROUNDING for gap in gaps),
        largest_gap=max(gaps, default=0.0),
        cases=int((both & scores_apart).sum()),
    )


def _gaps(first: VerdictMatrix, second: VerdictMatrix) -> Iterator[float]:
    for pair in first.judgements:
        other = second.labels.pair(pair.first, pair.second)
        if other in second.judgements:
            yield abs(first.p_related(pair) - second.p_related(other))
    for text in first.text_judgements.keys() & second.text_judgements.keys():
        related = abs(first.p_related_of_text(text) - second.p_related_of_text(text))
        yield max(related, abs(first.p_same_of_text(text) - second.p_same_of_text(text)))


def _concluded(held: Sequence[_Held]) -> Iterator[Comparison]:
    """Yield the comparisons, their p-values adjusted for all that the verdicts rest on.

    Those of both measures are adjusted together, since one of two tests finds a difference between
    equally good models more often than either does (measured: docs/benchmarks.md, verdicts).
    """
    adjusted = _adjusted([change for one in held for change in (one.accuracy, one.relevance)])
    for letter, one in zip(LETTERS[1:], held, strict=False):
        accuracy = one.accuracy.model_copy(update={"adjusted_p": next(adjusted)})
        relevance = one.relevance.model_copy(update={"adjusted_p": next(adjusted)})
        conclusion, better_in, worse_in = conclusion_of(accuracy, relevance)
        more_accurate, more_relevant = one.probabilities
        lost, gained = one.flips
        yield Comparison(
            letter=letter,
            conclusion=conclusion,
            better_in=better_in,
            worse_in=worse_in,
            accuracy=accuracy,
            relevance=relevance,
            probability_more_accurate=more_accurate,
            probability_more_relevant=more_relevant,
            cases_needed=_cases_needed(accuracy),
            labels=one.labels,
            lost=lost,
            gained=gained,
            verdicts_apart=one.verdicts_apart,
        )


def _adjusted(changes: Sequence[RateChange | ScoreChange]) -> Iterator[float | None]:
    """Yield the p-value of each change, by Holm's adjustment for all that have one."""
    adjusted = iter(holm([one.p_value for one in changes if one.p_value is not None]))
    for one in changes:
        yield None if one.p_value is None else next(adjusted)


def _cases_needed(accuracy: RateChange) -> int | None:
    if accuracy.discordance is None:
        return None
    return cases_needed(POINTS_TO_SEE, accuracy.discordance)


def _compared(letter: str, one: JudgedRun) -> ComparedRun:
    config = one.record.config
    return ComparedRun(
        letter=letter,
        name=one.name,
        path=named(one.run.path),
        command=one.record.command,
        source=str(config.get("model_path") or config.get("predictions")),
        cases=one.summary.cases,
        accuracy=one.summary.accuracy,
        macro_f1=one.summary.macro_f1,
        score=one.summary.score,
        error_relevance=one.summary.error_relevance,
    )
