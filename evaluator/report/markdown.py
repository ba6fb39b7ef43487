"""`report.md`: the summary for readers, made to fit a comment on a pull request."""

from collections.abc import Sequence

from evaluator.report.cautions import cautions
from evaluator.report.gates import gate_line
from evaluator.report.markdown_parts import escaped, folded, table
from evaluator.report.reasons import Reasons
from evaluator.report.summary import Confusion, Summary
from evaluator.report.wording import (
    counted,
    decimal,
    headline,
    judge_line,
    measures,
    percent,
)
from evaluator.report.worst import most_missed

SHOWN_LABELS = 40
SHOWN_CONFUSIONS = 15
OPEN_ROWS = 10
"""Longer tables are folded."""

LONGEST_LABEL = 80
LONGEST_NOTE = 600
LONGEST_REASON = 300
"""In characters. With all of them at their longest, the report still fits the 65,536 characters
of a comment on GitHub, however long the labels are and however many."""


def markdown_report(summary: Summary, reasons: Reasons | None = None) -> str:
    """Return the report as GitHub-flavoured Markdown, with reasons where they were asked for."""
    confusions = summary.confusions[:SHOWN_CONFUSIONS]
    blocks = [
        headline(summary),
        _gate(summary),
        table(("measure", "value", ""), measures(summary)),
        "## How far to trust this",
        "\n".join(f"- {escaped(note, LONGEST_NOTE)}" for note in cautions(summary)),
        f"Judge: {escaped(judge_line(summary), LONGEST_NOTE)}.",
        _labels(summary),
    ]
    if confusions:
        blocks.append(_confusions(confusions, len(summary.confusions)))
    if reasons is not None:
        blocks += _reasons(confusions, reasons)
    return "\n\n".join(blocks) + "\n"


def _gate(summary: Summary) -> str:
    verdict, _, phrases = gate_line(summary.gate).partition(":")
    return f"**{verdict}:** {escaped(phrases)}"


def _labels(summary: Summary) -> str:
    rows = most_missed(summary.per_label, SHOWN_LABELS)
    shown = table(
        ("label", "cases", "recall", "precision", "F1", "score", "error relevance"),
        (
            (
                _label(row.label),
                str(row.n),
                percent(row.recall),
                percent(row.precision),
                decimal(row.f1),
                decimal(row.score),
                decimal(row.error_relevance),
            )
            for row in rows
        ),
    )
    left_out = len(summary.per_label) - len(rows)
    if not left_out:
        return _part(f"By label ({len(rows)})", len(rows), shown)
    note = f"The labels with the most misses, worst first; `summary.json` has the other {left_out}."
    return _part(f"By label ({len(rows)} of {len(summary.per_label)})", len(rows), note, shown)


def _confusions(confusions: Sequence[Confusion], total: int) -> str:
    shown = table(
        ("gold", "predicted", "cases", "P(related)"),
        (
            (_label(one.gold), _label(one.predicted), str(one.n), decimal(one.p_related))
            for one in confusions
        ),
    )
    return _part(f"Worst confusions ({len(confusions)} of {total})", len(confusions), shown)


def _reasons(confusions: Sequence[Confusion], reasons: Reasons) -> list[str]:
    """Return the reasons for the worst confusions, those that contradict their verdict marked."""
    given = {(one.gold, one.predicted): one for one in reasons.reasons}
    worst = [(one.gold, one.predicted) for one in confusions]
    shown = [given[pair] for pair in worst if pair in given]
    if not shown:
        return []
    caution = (
        "A reason comes after the verdict and does not change it; that of a small judge often "
        f"proves nothing. Shown: {len(shown)} of {counted(len(reasons.reasons), 'reason')}, of "
        f"which {sum(one.contradicts for one in reasons.reasons)} contradict their verdict."
    )
    rows = table(
        ("gold", "predicted", "P(related)", "reason", ""),
        (
            (
                _label(one.gold),
                _label(one.predicted),
                decimal(one.p_related),
                escaped(one.reason, LONGEST_REASON),
                "contradicts the verdict" if one.contradicts else "",
            )
            for one in shown
        ),
    )
    return [folded("What the judge says for its verdicts", caution, rows)]


def _part(title: str, rows: int, *blocks: str) -> str:
    """Return a part of the report under its title, folded where its table is long."""
    if rows > OPEN_ROWS:
        return folded(title, *blocks)
    return "\n\n".join([f"## {title}", *blocks])


def _label(label: str) -> str:
    return escaped(label, LONGEST_LABEL)
