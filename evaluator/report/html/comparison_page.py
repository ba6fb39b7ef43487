"""The page of a comparison of runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evaluator.report.comparison import Comparison, ComparisonReport, Conclusion
from evaluator.report.comparison_rows import Rows, change_rows, label_rows, run_rows
from evaluator.report.comparison_wording import cautions, judge_line, verdict
from evaluator.report.html.browsing import (
    Browsable,
    Cell,
    Column,
    choices,
    numbers,
    table_of,
    texts,
)
from evaluator.report.html.difference_plot import Difference, difference_plot
from evaluator.report.html.page import render_page
from evaluator.report.html.provenance import judge_facts

LISTED_LABELS = 1_000
MOST_DRAWN = 40

MARKS: dict[Conclusion, tuple[str, str]] = {
    "better": ("passed", "✓"),
    "worse": ("failed", "✗"),
    "mixed": ("failed", "≠"),
    "no-evidence": ("open", "≈"),
}
"""Class and sign of each conclusion."""


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """What the page shows of one run held against the first.

    Attributes:
        letter: Which run.
        verdict: The conclusion in a sentence.
        mark: Its class and sign.
        changes: What is compared of accuracy and relevance.
        overall: The drawing of both differences.
        labels: What changes for the labels.
        labels_drawn: The drawing of the differences in recall that are largest.
        flipped: How many cases flipped, and how many of them the page lists.
    """

    letter: str
    verdict: str
    mark: tuple[str, str]
    changes: Rows
    overall: Markup
    labels: Rows
    labels_drawn: Markup
    flipped: tuple[int, int]


def comparison_page(report: ComparisonReport) -> str:
    """Return the page of a comparison: one file that needs nothing else."""
    return render_page(
        "comparison.html.jinja",
        tables=tuple(_flips(one, report) for one in report.comparisons),
        title=" and ".join(run.name for run in report.runs),
        report=report,
        runs=run_rows(report),
        parts=[_part(one, report) for one in report.comparisons],
        cautions=cautions(report),
        lock=judge_facts(report.judge),
        judge=judge_line(report),
    )


def _part(one: Comparison, report: ComparisonReport) -> ComparedPart:
    listed = len(one.lost.listed) + len(one.gained.listed)
    overall = [
        Difference("accuracy", one.accuracy.difference),
        Difference("relevance score", one.relevance.difference),
    ]
    by_label = [Difference(label.label, label.recall.difference) for label in one.labels]
    return ComparedPart(
        letter=one.letter,
        verdict=verdict(one, report),
        mark=MARKS[one.conclusion],
        changes=change_rows(one, report),
        overall=difference_plot(overall, "Changes with their intervals, as in the table"),
        labels=label_rows(one, report, LISTED_LABELS),
        labels_drawn=difference_plot(
            [change for change in by_label if change.change.value][:MOST_DRAWN],
            "Changes in recall by label, as in the table below",
        ),
        flipped=(one.lost.total + one.gained.total, listed),
    )


def _flips(one: Comparison, report: ComparisonReport) -> Browsable:
    """Return the cases that flipped, both ways, as a table."""
    ours, theirs = report.baseline.letter, one.letter
    cases = [*one.lost.listed, *one.gained.listed]
    right = [ours] * len(one.lost.listed) + [theirs] * len(one.gained.listed)
    columns: list[tuple[Column, Sequence[Cell]]] = [
        choices("right", right, (ours, theirs)),
        texts("case", [case.id for case in cases]),
        choices("gold", [case.gold for case in cases]),
        choices(f"{ours} says", [case.first_predicted for case in cases]),
        choices(f"{theirs} says", [case.second_predicted for case in cases]),
        numbers(f"score {ours}", [case.first_score for case in cases]),
        numbers(f"score {theirs}", [case.second_score for case in cases]),
    ]
    if any(case.excerpt for case in cases):
        columns.append((Column("article", "article"), [case.excerpt for case in cases]))
    return table_of(columns)
