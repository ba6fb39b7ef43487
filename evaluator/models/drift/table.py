"""A drift report in a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.models.drift.report import DriftReport, JudgeSide
from evaluator.models.drift.wording import headline, notes
from evaluator.models.tables import size
from evaluator.report.agreement import Measure
from evaluator.report.wording import NOTHING, decimal, printable

MEASURES = {
    "same_verdict": "same verdict",
    "same_verdict_by_label": "… interval over labels",
    "kappa": "kappa",
    "spearman": "Spearman's rho of the logits",
    "kendall": "Kendall's tau-b of the logits",
    "mean_difference": "mean difference of P(related)",
}


def print_drift(report: DriftReport, console: Console) -> None:
    """Print the report."""
    console.print(Text(printable(headline(report)), style="bold"), soft_wrap=True)
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("between the two", "value", "95 % CI"):
        table.add_column(name)
    for field, name in MEASURES.items():
        measure: Measure = getattr(report, field)
        table.add_row(name, decimal(measure.value), _interval(measure))
    console.print(table)
    console.print()
    console.print(_sides(report))
    console.print()
    for note in notes(report):
        console.print(Text(f"• {printable(note)}"), soft_wrap=True)
    console.print(Text(f"• Held against each other on {printable(report.on)}."), soft_wrap=True)


def _sides(report: DriftReport) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("of each")
    for one in report.judges:
        table.add_column(Text(printable(one.name)), overflow="fold")
    first, second = (_cells(one) for one in report.judges)
    for name, cell in first.items():
        table.add_row(name, cell, second[name])
    return table


def _cells(one: JudgeSide) -> dict[str, str]:
    cost = one.cost
    rates = [f"{rate:.1f}" for rate in (min(cost.blocks), max(cost.blocks))] if cost.blocks else []
    speed = cost.questions_per_second
    return {
        "AUC on reference pairs": f"{decimal(one.auc.value)} {_interval(one.auc)}",
        "questions a second": NOTHING if speed is None else f"{speed:.1f} ({'–'.join(rates)})",
        "in memory": NOTHING if cost.loaded is None else size(cost.loaded),
        "on the disk": NOTHING if cost.stored is None else size(cost.stored),
    }


def _interval(measure: Measure) -> str:
    if measure.ci95 is None:
        return NOTHING
    low, high = measure.ci95
    return f"{decimal(low)}{' to ' if low < 0 else '–'}{decimal(high)}"
