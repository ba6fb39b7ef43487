"""The verdict matrix as a triangle in a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.wording import CALIBRATED, NOTHING, UNCALIBRATED, printable

WIDEST_GRID = 26


def print_matrix(matrix: VerdictMatrix, console: Console) -> None:
    """Print P(related) of every pair: a triangle of percentages, or a list for many labels."""
    if len(matrix.labels) <= WIDEST_GRID:
        console.print(_triangle(matrix))
    else:
        console.print(_list(matrix))
    console.print()
    console.print(Text(UNCALIBRATED if matrix.calibration is None else CALIBRATED))


def _triangle(matrix: VerdictMatrix) -> Table:
    labels = list(matrix.labels)
    table = Table(
        title="P(related) in percent", title_justify="left", box=None, padding=(0, 1, 0, 0)
    )
    table.add_column("", justify="right")
    table.add_column("label", overflow="ellipsis", no_wrap=True, min_width=12)
    for number in range(1, len(labels)):
        table.add_column(str(number), justify="right", no_wrap=True, min_width=2)
    for row, label in enumerate(labels):
        cells = [_cell(matrix, label.name, other.name) for other in labels[:row]]
        table.add_row(str(row + 1), Text(printable(label.name)), *cells)
    return table


def _cell(matrix: VerdictMatrix, one: str, other: str) -> Text:
    pair = matrix.labels.pair(one, other)
    if pair not in matrix.judgements and pair not in matrix.overrides.levels:
        return Text(NOTHING)
    return Text(f"{100 * matrix.p_related(pair):.0f}")


def _list(matrix: VerdictMatrix) -> Table:
    table = Table(title="P(related), highest first", title_justify="left", header_style="")
    table.add_column("one label")
    table.add_column("other label")
    table.add_column("P(related)", justify="right")
    for pair in sorted(matrix.judgements, key=matrix.p_related, reverse=True):
        names = Text(printable(pair.first)), Text(printable(pair.second))
        table.add_row(*names, f"{matrix.p_related(pair):.3f}")
    return table
