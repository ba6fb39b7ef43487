"""A comparison of runs as Markdown that fits a comment on a pull request."""

from collections.abc import Iterator

from evaluator.report.comparison import ComparisonReport
from evaluator.report.comparison_rows import Rows, change_rows, flip_rows, label_rows, run_rows
from evaluator.report.comparison_wording import cautions, judge_line, regression, verdict
from evaluator.report.markdown_parts import escaped, folded, table

LONGEST = 65_536
"""UTF-16 code units that GitHub takes in a comment."""

SHOWN = 20
OPEN_ROWS = 10
"""Longer tables are folded."""

LONGEST_CELL = 120
LONGEST_NOTE = 600


def comparison_markdown(report: ComparisonReport) -> str:
    """Return the report as GitHub-flavoured Markdown, with fewer labels and cases if need be."""
    shown = SHOWN
    while _length(text := _markdown(report, shown)) > LONGEST and shown:
        shown //= 2
    return text


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _markdown(report: ComparisonReport, most: int) -> str:
    return "\n\n".join(_blocks(report, most)) + "\n"


def _blocks(report: ComparisonReport, most: int) -> Iterator[str]:
    yield "# Comparison of runs"
    for one in report.comparisons:
        yield f"**{escaped(verdict(one, report))}**"
    for one in report.regressed:
        yield f"**Regression:** {escaped(regression(one, report))}."
    yield _table(run_rows(report))
    for one in report.comparisons:
        changes = change_rows(one, report)
        yield f"## {changes.title}"
        yield _table(changes)
        for rows in (label_rows(one, report, most), *flip_rows(one, report, most)):
            yield from _details(rows)
    yield "## How far to trust this"
    yield "\n".join(f"- {escaped(note)}" for note in cautions(report))
    yield f"Judge: {escaped(judge_line(report), LONGEST_NOTE)}."


def _details(rows: Rows) -> Iterator[str]:
    if len(rows.rows) > OPEN_ROWS:
        yield folded(rows.title, _table(rows))
        return
    yield f"### {rows.title}"
    if rows.rows:
        yield _table(rows)


def _table(rows: Rows) -> str:
    return table(tuple(map(_cell, rows.header)), (tuple(map(_cell, row)) for row in rows.rows))


def _cell(text: str) -> str:
    return escaped(text, LONGEST_CELL) if text else ""
