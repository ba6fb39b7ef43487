"""A comparison of runs as tables in a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.report.comparison import ComparisonReport
from evaluator.report.comparison_rows import Rows, change_rows, flip_rows, label_rows, run_rows
from evaluator.report.comparison_wording import cautions, judge_line, regression, verdict
from evaluator.report.wording import clipped, printable

SHOWN = 20
LONGEST_CELL = 80
LONGEST_NOTE = 600
RECALL_COLUMNS = 6
FLIP_COLUMNS = 4
"""As many of the rows' columns as 80 characters hold."""


def print_comparison(report: ComparisonReport, console: Console) -> None:
    """Print the report."""
    for one in report.comparisons:
        console.print(Text(printable(verdict(one, report)), style="bold"))
    console.print()
    console.print(_table(run_rows(report)))
    for one in report.comparisons:
        console.print()
        console.print(_table(change_rows(one, report)))
        console.print()
        console.print(_table(label_rows(one, report, SHOWN), RECALL_COLUMNS))
        for flipped in flip_rows(one, report, SHOWN):
            console.print()
            console.print(_table(flipped, FLIP_COLUMNS))
    console.print()
    for note in cautions(report):
        console.print(Text(f"• {printable(note)}"))
    judge = clipped(judge_line(report), LONGEST_NOTE)
    console.print(Text(f"• Judge: {printable(judge)}."))
    for one in report.regressed:
        console.print(Text(f"Regression: {printable(regression(one, report))}.", style="bold red"))


def _table(rows: Rows, columns: int | None = None) -> Table:
    table = Table(
        title=rows.title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        padding=(0, 2, 0, 0),
    )
    for place, name in enumerate(rows.header[:columns]):
        if place < rows.names:
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, justify="right")
    for row in rows.rows:
        table.add_row(*(Text(printable(clipped(cell, LONGEST_CELL))) for cell in row[:columns]))
    return table
