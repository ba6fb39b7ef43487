"""What a drift report says in sentences."""

from collections.abc import Iterator

from evaluator.models.drift.report import DriftReport, Finding, JudgeSide
from evaluator.report.summary import Interval
from evaluator.report.wording import counted, decimal, decimal_interval, percent

FINDINGS: dict[Finding, str] = {
    "below": "less than the {} that quantization is said to cost",
    "within": "the {} that quantization is said to cost",
    "above": "more than the {} that quantization is said to cost",
    "undecided": "too few pairs to tell whether that is the {} that quantization is said to cost",
}


def headline(report: DriftReport) -> str:
    """Return the result in a sentence."""
    first, second = report.judges
    same = report.same_verdict.value
    changed = None if same is None else 1 - same
    low, high = report.expected.changed
    usual = f"{100 * report.expected.low:g} to {100 * report.expected.high:g} %"
    return (
        f"{second.name} gives another verdict than {first.name} on {percent(changed)} of "
        f"{counted(report.pairs, 'pair')} (95 % CI {100 * low:.1f}–{100 * high:.1f}): "
        f"{FINDINGS[report.expected.finding].format(usual)}."
    )


def notes(report: DriftReport) -> Iterator[str]:
    """Yield what one should know to read the figures."""
    if report.auc_difference.value is not None:
        yield _difference(report.auc_difference.value, report.auc_difference.ci95)
    held_out = [one.name for one in report.judges if one.auc_on == "held-out"]
    if held_out:
        yield (
            f"The AUC of {' and of '.join(held_out)} is over the reference pairs held out from its "
            "calibration alone, and no difference is told: kept verdicts do not say which pair is "
            "which."
        )
    for one in report.judges:
        yield from _notes_on(one)
    if report.judges[0].lock == report.judges[1].lock:
        yield "Both are the same judge: what differs is how far it repeats itself."


def _difference(value: float, interval: Interval | None) -> str:
    if value == 0:
        return "Right answers: both judges have the same AUC on the reference pairs."
    known = f"; of the difference, {decimal_interval(interval)}" if interval else ""
    return (
        f"Right answers: the second judge's AUC on the reference pairs is {decimal(abs(value))} "
        f"{'lower' if value < 0 else 'higher'} than the first's{known}."
    )


def _notes_on(one: JudgeSide) -> Iterator[str]:
    if one.unanswered:
        yield f"{one.name} has no verdict on {counted(one.unanswered, 'pair')}, which do not count."
    if one.discriminates is False:
        yield (
            f"{one.name} does not call related reference pairs more related than others: its "
            "verdicts mean nothing, whatever they agree with."
        )
    if not one.fitted:
        yield f"{one.name} is not calibrated: its verdicts are its own yes and no, bias and all."
