"""The tables of a comparison as rows of text, which a terminal and Markdown both show."""

from collections.abc import Iterator
from dataclasses import dataclass

from evaluator.report.comparison import Comparison, ComparisonReport, Flips, LabelChange
from evaluator.report.comparison_wording import p_shown, points, signed, with_interval
from evaluator.report.wording import NOTHING, counted, decimal, percent


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of text.

    Attributes:
        title: What stands above it.
        header: The names of its columns.
        rows: Its rows, none shorter than the header.
        names: How many of its columns, from the left, hold names and not numbers.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1


def run_rows(report: ComparisonReport) -> Rows:
    """Return which run each letter stands for, and its own figures over all of its cases."""
    return Rows(
        "Runs",
        ("", "run", "cases", "accuracy", "macro F1", "relevance score", "error relevance"),
        tuple(
            (
                run.letter,
                run.name,
                str(run.cases.total),
                percent(run.accuracy.value),
                decimal(run.macro_f1),
                decimal(run.score.mean),
                decimal(run.error_relevance.mean),
            )
            for run in report.runs
        ),
        names=2,
    )


def change_rows(comparison: Comparison, report: ComparisonReport) -> Rows:
    """Return everything that is compared of accuracy and of relevance."""
    ours, theirs = report.baseline.letter, comparison.letter
    accuracy, relevance = comparison.accuracy, comparison.relevance
    return Rows(
        f"{theirs} against {ours}",
        ("", "accuracy", "relevance score"),
        (
            ("cases", str(accuracy.n), str(relevance.n)),
            (ours, percent(accuracy.first), decimal(relevance.first)),
            (theirs, percent(accuracy.second), decimal(relevance.second)),
            (
                "change (95 % CI)",
                with_interval(points, accuracy.difference, " points"),
                with_interval(signed, relevance.difference),
            ),
            ("p-value", p_shown(accuracy.p_value), p_shown(relevance.p_value)),
            ("… adjusted", p_shown(accuracy.adjusted_p), p_shown(relevance.adjusted_p)),
            (
                f"P({theirs} better)",
                decimal(comparison.probability_more_accurate),
                decimal(comparison.probability_more_relevant),
            ),
            (f"only {ours} right", counted(comparison.lost.total, "case"), ""),
            (f"only {theirs} right", counted(comparison.gained.total, "case"), ""),
        ),
    )


def label_rows(comparison: Comparison, report: ComparisonReport, most: int) -> Rows:
    """Return how recall and mean score change for the gold labels for which they do, most first."""
    ours, theirs = report.baseline.letter, comparison.letter
    changed = [one for one in comparison.labels if _changes(one)]
    shown = changed[:most]
    return Rows(
        f"Recall of the labels that change ({len(shown)} of {len(changed)}; there are "
        f"{len(comparison.labels)})",
        ("label", "cases", ours, theirs, "points (95 % CI)", "adj. p", f"score {ours}", theirs),
        tuple(
            (
                one.label,
                str(one.recall.n),
                percent(one.recall.first),
                percent(one.recall.second),
                with_interval(points, one.recall.difference),
                p_shown(one.recall.adjusted_p),
                decimal(one.first_score),
                decimal(one.second_score),
            )
            for one in shown
        ),
    )


def _changes(label: LabelChange) -> bool:
    return bool(label.recall.difference.value) or label.first_score != label.second_score


def flip_rows(comparison: Comparison, report: ComparisonReport, most: int) -> Iterator[Rows]:
    """Yield the cases that flipped, one table for each way, those with the largest change first.

    The last column is how the article begins; it is empty where the runs hold no articles.
    """
    ours, theirs = report.baseline.letter, comparison.letter
    for right, wrong, flips in ((ours, theirs, comparison.lost), (theirs, ours, comparison.gained)):
        shown = flips.listed[:most]
        if flips.total:
            yield Rows(
                f"Right in {right} alone ({len(shown)} of {flips.total})",
                ("case", "gold", f"{wrong} says", "score", "article"),
                tuple(_flipped(flips, most, second_is_wrong=wrong == theirs)),
                names=3,
            )


def _flipped(flips: Flips, most: int, *, second_is_wrong: bool) -> Iterator[tuple[str, ...]]:
    for one in flips.listed[:most]:
        predicted = one.second_predicted if second_is_wrong else one.first_predicted
        score = one.second_score if second_is_wrong else one.first_score
        yield one.id, one.gold, predicted, decimal(score), one.excerpt or NOTHING
