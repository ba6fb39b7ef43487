"""Agreement with people as a table in a terminal."""

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.report.agreement import AgreementReport, Correction, Measure, Measures
from evaluator.report.summary import Interval
from evaluator.report.wording import (
    NOTHING,
    counted,
    decimal,
    percent,
    printable,
)

NAMES = {
    "quadratic_kappa": "quadratic kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "krippendorff_alpha_of_people": "… among people alone",
    "spearman": "Spearman's rho",
    "kendall_tau_b": "Kendall's tau-b",
    "auc": "AUC of relatedness",
    "expected_calibration_error": "calibration error",
    "brier": "Brier score",
}
FEW_RATINGS = 100


def print_agreement(report: AgreementReport, console: Console) -> None:
    """Print the report."""
    judge, items = report.judge, report.all_items
    console.print(
        Text(
            printable(
                f"{judge.backend} {judge.model} against people, on {_things(items.n, report)} "
                f"of which people call {items.related} at least related."
            ),
            style="bold",
        )
    )
    console.print()
    console.print(_measures(report))
    if report.correction is not None:
        console.print()
        console.print(_corrections(report.correction))
    console.print()
    for note in _notes(report):
        console.print(Text(f"• {printable(note)}"))


def _measures(report: AgreementReport) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    columns = [report.all_items]
    table.add_column(f"all {_things(report.all_items.n, report)}")
    if report.judged_items is not None and report.judged_items.n < report.all_items.n:
        columns.append(report.judged_items)
        table.add_column(f"{report.judged_items.n} that the judge decided")
    for field, name in NAMES.items():
        if any(getattr(column, field).n for column in columns):
            table.add_row(name, *(_cell(column, field) for column in columns))
    return table


def _cell(column: Measures, field: str) -> str:
    measure: Measure = getattr(column, field)
    return _with_interval(decimal, measure.value, measure.ci95)


def _with_interval(
    shown: Callable[[float | None], str], value: float | None, interval: Interval | None
) -> str:
    if value is None:
        return NOTHING
    if interval is None:
        return f"{shown(value)} (no interval)"
    return f"{shown(value)} ({shown(interval[0])} to {shown(interval[1])})"


def _corrections(correction: Correction) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("", "by the judge", "corrected", "how"):
        table.add_column(name)
    for name, shown, one in (
        ("relevance score", decimal, correction.score),
        (f"pass rate at {correction.threshold:g}", percent, correction.pass_rate),
    ):
        corrected = _with_interval(shown, one.value, one.ci95)
        table.add_row(name, shown(one.by_the_judge), corrected, one.method)
    return table


def _notes(report: AgreementReport) -> Iterator[str]:
    """Yield what a reader must know before trusting the numbers, most important first."""
    if report.judged_items is None:
        yield (
            "Equal texts or a rule decided on all of them, so that nothing is said of the judge."
        )
    elif report.judged_items.n < report.all_items.n:
        yield (
            "Equal texts are related without any judge: only the second column is about the judge."
        )
    if report.drawn == "uncertain":
        yield (
            "These pairs were drawn because the judge is unsure of them: it agrees better with "
            "people on others, and nothing is corrected by them."
        )
    elif report.drawn is None:
        yield (
            "Nothing is corrected, since it is unknown how these were chosen; "
            "`evaluator agreement sample` draws cases that stand for all."
        )
    if report.correction is not None:
        yield (
            f"{counted(report.correction.labelled, 'rated case')} stand for "
            f"{report.correction.unlabelled} others, if those left unrated are no special ones."
        )
    if report.unrated:
        yield f"Rows of the table that are not rated yet: {report.unrated}."
    if report.unscored:
        yield f"Rated without a verdict: {_things(report.unscored, report)}."
    if report.all_items.n < FEW_RATINGS:
        yield f"Fewer than {FEW_RATINGS} ratings say little; mind the intervals."
    if report.calibration is not None:
        fitted = report.calibration
        yield (
            f"Calibration: {fitted.kind}, fitted on {counted(fitted.n, 'pair')} of which "
            f"{percent(fitted.base_rate)} are related; written to {fitted.file}."
        )


def _things(number: int, report: AgreementReport) -> str:
    return counted(number, report.unit.removesuffix("s"))
