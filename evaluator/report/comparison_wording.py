"""The sentences of a comparison that every form of its report shares."""

from collections.abc import Callable, Iterator

from evaluator.report.agreement import Measure
from evaluator.report.comparison import (
    POINTS_TO_SEE,
    Comparison,
    ComparisonReport,
    MeasureName,
)
from evaluator.report.wording import NOTHING, counted, decimal, percent
from evaluator.statistics.intervals import FEWEST_OBSERVATIONS

SMALLEST_P = 0.001
ALIKE = 0.0005
"""Smaller shares would be shown as 0.0 %."""


def verdict(comparison: Comparison, report: ComparisonReport) -> str:
    """Return in a sentence or two whether a run is better than the first, and what shows it."""
    ours, theirs = report.baseline.letter, comparison.letter
    if comparison.conclusion == "no-evidence":
        return _no_evidence(comparison, ours)
    better = [_change(comparison, name) for name in comparison.better_in]
    worse = [_change(comparison, name) for name in comparison.worse_in]
    if comparison.conclusion == "mixed":
        return (
            f"{theirs} is better than {ours} in {' and '.join(better)}, and worse in "
            f"{' and '.join(worse)}."
        )
    shown = "; ".join([*better, *worse])
    return f"{theirs} is {comparison.conclusion} than {ours}: {shown}."


def _no_evidence(comparison: Comparison, ours: str) -> str:
    """Return that nothing shows a difference, and how many cases would show 3 points."""
    theirs, accuracy = comparison.letter, comparison.accuracy
    to_see = f"{100 * POINTS_TO_SEE:.0f} points"
    if accuracy.discordance is None:
        return f"Nothing can be said: no case has a prediction in both {ours} and {theirs}."
    if comparison.cases_needed is None:
        but = f" but for {percent(accuracy.discordance)} of the cases"
        if accuracy.discordance < ALIKE:
            but = " in all cases" if not accuracy.discordance else " in nearly all cases"
        return (
            f"No evidence of a difference: {ours} and {theirs} are right and wrong "
            f"together{but}, so that they cannot be {to_see} apart here."
        )
    n, needed = accuracy.n, comparison.cases_needed
    if n < needed:
        return (
            f"No evidence of a difference: n ≈ {needed} would be needed to see {to_see}; "
            f"{ours} and {theirs} share {counted(n, 'case')}."
        )
    return (
        f"No evidence of a difference, though n ≈ {needed} is enough to see {to_see} and "
        f"{ours} and {theirs} share {counted(n, 'case')}."
    )


def _change(comparison: Comparison, name: MeasureName) -> str:
    """Return a measure's change, with the p-value that the verdict goes by."""
    if name == "accuracy":
        change = f"accuracy {points(comparison.accuracy.difference.value)} points"
        p = p_shown(comparison.accuracy.adjusted_p)
    else:
        change = f"relevance score {signed(comparison.relevance.difference.value)}"
        p = p_shown(comparison.relevance.adjusted_p)
    return f"{change} (adjusted p {p})" if p.startswith("<") else f"{change} (adjusted p = {p})"


def regression(comparison: Comparison, report: ComparisonReport) -> str:
    """Return in what a run is worse than the first; it must be in something."""
    worse = " and ".join(_change(comparison, name) for name in comparison.worse_in)
    return f"{comparison.letter} is worse than {report.baseline.letter} in {worse}"


def judge_line(report: ComparisonReport) -> str:
    """Return which judge scored all runs."""
    judge = report.judge
    return (
        f"{judge.backend} {judge.model} ({judge.digest[:19]}, {judge.server_version}), rubric "
        f"{judge.rubric}, {judge.scoring} scoring, calibration {report.calibration}"
    )


def cautions(report: ComparisonReport) -> list[str]:
    """Return what a reader must know before trusting the numbers, most important first."""
    notes = []
    if report.calibration == "none":
        notes.append(
            "The judge is not calibrated: a difference in relevance says which run ranks higher "
            "by this judge, and not by how much."
        )
    for one in report.comparisons:
        notes += _cautions(one, report)
    notes.append(
        "Intervals and tests are for the choice of cases, given the judge's verdicts; they do not "
        "hold the judge's own error."
    )
    notes.append(
        f"Verdicts go by p-values that are adjusted (Holm) for the {2 * len(report.comparisons)} "
        "tests of this report: McNemar's of accuracy, and a paired one of relevance. Intervals and "
        "P(better) are for each figure alone."
    )
    return notes


def _cautions(comparison: Comparison, report: ComparisonReport) -> Iterator[str]:
    ours, theirs = report.baseline.letter, comparison.letter
    apart, unpredicted = comparison.verdicts_apart, comparison.accuracy.missing
    unscored = comparison.relevance.missing
    if apart.apart or apart.cases:
        yield (
            f"{ours} and {theirs} were judged apart, and the same judge gave other verdicts on "
            f"{apart.apart} of {counted(apart.pairs, 'pair')} (up to {decimal(apart.largest_gap)}) "
            f"and on {counted(apart.cases, 'case')} that both predict alike; --matrix "
            f"with the matrix.json of {ours} measures both by the same verdicts."
        )
    if unpredicted.first or unpredicted.second:
        yield (
            f"Accuracy leaves out cases without a prediction, seldom a random choice: "
            f"{unpredicted.first} in {ours}, {unpredicted.second} in {theirs}."
        )
    if unscored.first or unscored.second:
        yield (
            f"Relevance leaves out unscored cases, seldom a random choice: {unscored.first} in "
            f"{ours}, {unscored.second} in {theirs}."
        )


def points(difference: float | None) -> str:
    """Return a difference of two shares in percentage points, with its sign."""
    return NOTHING if difference is None else _signed(100 * difference, 1)


def signed(difference: float | None) -> str:
    """Return a difference of two scores with its sign."""
    return NOTHING if difference is None else _signed(difference, 3)


def with_interval(shown: Callable[[float | None], str], change: Measure, unit: str = "") -> str:
    """Return a difference with its interval, or why it has none."""
    if change.value is None:
        return NOTHING
    if change.ci95 is None:
        return f"{shown(change.value)}{unit} (n < {FEWEST_OBSERVATIONS})"
    return f"{shown(change.value)}{unit} ({shown(change.ci95[0])} to {shown(change.ci95[1])})"


def p_shown(p: float | None) -> str:
    """Return a p-value with three decimals."""
    if p is None:
        return NOTHING
    return f"< {SMALLEST_P}" if p < SMALLEST_P else f"{p:.3f}"


def _signed(number: float, decimals: int) -> str:
    """Return a number with its sign; one that rounds to 0 has none."""
    shown = f"{abs(number):.{decimals}f}"
    if not float(shown):
        return shown
    return f"{'+' if number > 0 else '−'}{shown}"
