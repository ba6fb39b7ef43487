"""The summary as a table in a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.report.cautions import cautions
from evaluator.report.gates import gate_line
from evaluator.report.summary import Summary
from evaluator.report.wording import (
    clipped,
    decimal,
    headline,
    judge_line,
    measures,
    percent,
    printable,
)
from evaluator.report.worst import most_missed

SHOWN_LABELS = 40
SHOWN_CONFUSIONS = 8
LONGEST_LABEL = 160
LONGEST_NOTE = 1_000


def print_summary(summary: Summary, console: Console) -> None:
    """Print the summary."""
    console.print(Text(headline(summary), style="bold"))
    console.print()
    overall = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value, remark in measures(summary):
        overall.add_row(Text(name), Text(value, justify="right"), Text(remark, style="dim"))
    console.print(overall)
    console.print()
    console.print(_labels(summary))
    if summary.confusions:
        console.print()
        console.print(_confusions(summary))
    console.print()
    for note in cautions(summary):
        console.print(Text(f"• {printable(clipped(note, LONGEST_NOTE))}"))
    judge = clipped(judge_line(summary), LONGEST_NOTE)
    console.print(Text(f"• Judge: {printable(judge)}."))
    console.print(Text(gate_line(summary.gate), style="" if summary.gate.passed else "bold red"))


def _table(title: str) -> Table:
    """Return a table without borders: 80 columns must hold the longest usual label."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        padding=(0, 2, 0, 0),
    )


def _labels(summary: Summary) -> Table:
    rows, total = most_missed(summary.per_label, SHOWN_LABELS), len(summary.per_label)
    table = _table(
        "By label"
        if len(rows) == total
        else f"By label (the {len(rows)} of {total} with the most misses)"
    )
    table.add_column("label", overflow="fold")
    for name in ("cases", "recall", "precision", "F1", "score", "error rel."):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            _label(row.label),
            str(row.n),
            percent(row.recall),
            percent(row.precision),
            decimal(row.f1),
            decimal(row.score),
            decimal(row.error_relevance),
        )
    return table


def _confusions(summary: Summary) -> Table:
    shown = summary.confusions[:SHOWN_CONFUSIONS]
    title = f"Worst confusions ({len(shown)} of {len(summary.confusions)})"
    table = _table(title)
    table.add_column("gold", overflow="fold")
    table.add_column("predicted", overflow="fold")
    table.add_column("cases", justify="right")
    table.add_column("P(related)", justify="right")
    for one in shown:
        table.add_row(
            _label(one.gold),
            _label(one.predicted),
            str(one.n),
            decimal(one.p_related),
        )
    return table


def _label(label: str) -> Text:
    return Text(printable(clipped(label, LONGEST_LABEL)))
