"""A comparison of runs as Markdown that fits into a comment on a pull request."""

from collections.abc import Iterator

from evaluator.report.comparison import ComparisonReport
from evaluator.report.comparison_rows import Rows, change_rows, flip_rows, label_rows, run_rows
from evaluator.report.comparison_wording import cautions, judge_line, regression, verdict
from evaluator.report.markdown_parts import escaped, table

LONGEST = 65_536
"""Characters that GitHub takes in a comment."""

SHOWN = 20
LONGEST_CELL = 120
LONGEST_LINE = 1_000


def comparison_markdown(report: ComparisonReport) -> str:
    """Return the report as GitHub-flavoured Markdown, with fewer labels and cases if need be."""
    shown = SHOWN
    while len(text := _markdown(report, shown)) > LONGEST and shown:
        shown //= 2
    return text


def _markdown(report: ComparisonReport, most: int) -> str:
    return "\n\n".join(_blocks(report, most)) + "\n"


def _blocks(report: ComparisonReport, most: int) -> Iterator[str]:
    yield "# Comparison of runs"
    yield "\n\n".join(f"**{escaped(verdict(one, report))}**" for one in report.comparisons)
    for one in report.regressed:
        yield f"**Regression:** {escaped(regression(one, report))}."
    yield _table(run_rows(report))
    for one in report.comparisons:
        yield from _titled(change_rows(one, report), "##")
        details = (label_rows(one, report, most), *flip_rows(one, report, most))
        for rows in details:
            yield from _titled(rows, "###")
    yield "## How far to trust this"
    yield "\n".join(f"- {escaped(note)}" for note in cautions(report))
    yield f"Judge: {_shortened(judge_line(report), LONGEST_LINE)}."


def _titled(rows: Rows, mark: str) -> Iterator[str]:
    yield f"{mark} {rows.title}"
    if rows.rows:
        yield _table(rows)


def _table(rows: Rows) -> str:
    header = [_cell(name) if name else "" for name in rows.header]
    return table(header, ([_cell(cell) if cell else "" for cell in row] for row in rows.rows))


def _cell(text: str) -> str:
    return _shortened(text, LONGEST_CELL)


def _shortened(text: str, longest: int) -> str:
    return escaped(text if len(text) <= longest else f"{text[: longest - 1]}…")
