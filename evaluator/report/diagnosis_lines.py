"""Findings as lines in a terminal, each as soon as it is there."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.report.diagnosis import Finding
from evaluator.report.wording import printable

STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}
STATE_WIDTH = len("not reached")
STEP_WIDTH = len("disk for a pull")


class FindingLines:
    """Prints findings, with a heading where another judge begins.

    Args:
        console: Where.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._subject: str | None = None

    def show(self, finding: Finding) -> None:
        """Print one."""
        if finding.subject != self._subject:
            self._subject = finding.subject
            self._console.print()
            self._console.print(Text(printable(finding.subject or ""), style="bold"))
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=STATE_WIDTH)
        row.add_column(width=STEP_WIDTH)
        row.add_column(overflow="fold")
        told = Text(printable(finding.found))
        if finding.advice is not None:
            told.append(f"\n→ {printable(finding.advice)}", style="bold")
        state = Text(finding.state, style=STYLES.get(finding.state, "dim"))
        row.add_row(state, Text(finding.step), told)
        self._console.print(row)
