"""`report.md`: the summary for readers and pull requests."""

from collections.abc import Sequence

from evaluator.report.gates import gate_line
from evaluator.report.markdown_parts import escaped, table
from evaluator.report.reasons import Reasons
from evaluator.report.summary import Confusion, Summary
from evaluator.report.wording import (
    cautions,
    counted,
    decimal,
    headline,
    judge_line,
    measures,
    percent,
)

SHOWN_CONFUSIONS = 15


def markdown_report(summary: Summary, reasons: Reasons | None = None) -> str:
    """Return the report as GitHub-flavoured Markdown, with reasons where they were asked for."""
    confusions = summary.confusions[:SHOWN_CONFUSIONS]
    blocks = [
        "# Evaluation report",
        headline(summary),
        _gate(summary),
        table(("measure", "value", ""), measures(summary)),
        "## How far to trust this",
        "\n".join(f"- {escaped(note)}" for note in cautions(summary)),
        f"Judge: {escaped(judge_line(summary))}.",
        "## By label",
        table(
            ("label", "cases", "recall", "precision", "F1", "score", "error relevance"),
            (
                (
                    escaped(row.label),
                    str(row.n),
                    percent(row.recall),
                    percent(row.precision),
                    decimal(row.f1),
                    decimal(row.score),
                    decimal(row.error_relevance),
                )
                for row in summary.per_label
            ),
        ),
    ]
    if confusions:
        blocks += [
            f"## Worst confusions ({len(confusions)} of {len(summary.confusions)})",
            table(
                ("gold", "predicted", "cases", "P(related)"),
                (
                    (escaped(one.gold), escaped(one.predicted), str(one.n), decimal(one.p_related))
                    for one in confusions
                ),
            ),
        ]
    if reasons is not None:
        blocks += _reasons(confusions, reasons)
    return "\n\n".join(blocks) + "\n"


def _reasons(confusions: Sequence[Confusion], reasons: Reasons) -> list[str]:
    """Return the reasons for the worst confusions, those that contradict their verdict marked."""
    given = {(one.gold, one.predicted): one for one in reasons.reasons}
    worst = [(one.gold, one.predicted) for one in confusions]
    shown = [given[pair] for pair in worst if pair in given]
    if not shown:
        return []
    return [
        "## What the judge says for its verdicts",
        "A reason comes after the verdict and does not change it; that of a small judge often "
        f"proves nothing. Shown: {len(shown)} of {counted(len(reasons.reasons), 'reason')}, of "
        f"which {sum(one.contradicts for one in reasons.reasons)} contradict their verdict.",
        table(
            ("gold", "predicted", "P(related)", "reason", ""),
            (
                (
                    escaped(one.gold),
                    escaped(one.predicted),
                    decimal(one.p_related),
                    escaped(one.reason),
                    "contradicts the verdict" if one.contradicts else "",
                )
                for one in shown
            ),
        ),
    ]


def _gate(summary: Summary) -> str:
    verdict, _, phrases = gate_line(summary.gate).partition(":")
    return f"**{verdict}:** {escaped(phrases)}"
