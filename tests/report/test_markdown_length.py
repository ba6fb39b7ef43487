"""A report that fits a comment of a pull request, however much there is to report."""

from collections.abc import Callable

import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.markdown import OPEN_ROWS, SHOWN_CONFUSIONS, SHOWN_LABELS, markdown_report
from evaluator.report.reasons import ExplainedPair, Reasons, ReasonsUsage
from evaluator.report.summary import Confusion, LabelRow, Member, Summary

from .markdown_tables import cells, shown

Summarize = Callable[..., Summary]
Judge = Callable[..., VerdictMatrix]


def test_only_the_worst_confusions_are_shown(summary_of: Summarize, judge: Judge) -> None:
    names = [f"label {number}" for number in range(SHOWN_CONFUSIONS + 3)]
    verdicts = {
        (first, second): (1.0, 1.0, 0.9)
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    }
    cases = [
        Prediction(f"{number} {copy}", names[0], names[number])
        for number in range(1, len(names))
        for copy in range(number)
    ]
    report = markdown_report(summary_of(judge(names, verdicts), cases))
    assert f"<summary>Worst confusions ({SHOWN_CONFUSIONS} of {len(names) - 1})</summary>" in report
    rows = [[shown(cell) for cell in row] for row in cells(report, "Worst confusions")]
    # Every pair has the same score, so the most frequent one comes first.
    assert rows[0] == ["label 0", names[-1], str(len(names) - 1), "0.731"]
    assert len(rows) == SHOWN_CONFUSIONS


def row(label: str, n: int, recall: float) -> LabelRow:
    return LabelRow(
        label=label,
        n=n,
        precision=0.1234,
        recall=recall,
        f1=0.1234,
        score=0.1234,
        error_relevance=0.1234,
    )


def test_of_too_many_labels_those_missed_most_are_shown(summary: Summary) -> None:
    # Of the hundred cases of label N, N are missed.
    rows = tuple(row(f"label {n}", 100, 1 - n / 100) for n in range(100))
    report = markdown_report(summary.model_copy(update={"per_label": rows}))
    assert f"<summary>By label ({SHOWN_LABELS} of 100)</summary>" in report
    assert f"`summary.json` has the other {100 - SHOWN_LABELS}." in report
    missed = [shown(line[0]) for line in cells(report, "By label")]
    assert missed == [f"label {n}" for n in range(99, 99 - SHOWN_LABELS, -1)]


@pytest.mark.parametrize("labels", [1, OPEN_ROWS, OPEN_ROWS + 1, SHOWN_LABELS])
def test_long_tables_are_folded_and_keep_the_order(summary: Summary, labels: int) -> None:
    rows = tuple(row(f"label {n}", 1, n % 2) for n in range(labels))
    report = markdown_report(summary.model_copy(update={"per_label": rows}))
    assert (f"## By label ({labels})" in report) is (labels <= OPEN_ROWS)
    assert (f"<summary>By label ({labels})</summary>" in report) is (labels > OPEN_ROWS)
    assert [shown(found[0]) for found in cells(report, "By label")] == [one.label for one in rows]


@pytest.mark.parametrize(
    "text",
    ["x", "分", "😀", "|", "#1", "@𠀀", "\\", "a b", "<!--", "\x00"],
    ids=["latin", "japanese", "emoji", "pipe", "link", "call", "backslash", "space", "html", "nul"],
)
def test_the_longest_report_fits_a_comment_of_a_pull_request(summary: Summary, text: str) -> None:
    long = text * (10_000 // len(text))
    report = markdown_report(everything_at_its_longest(summary, long), long_reasons(long))
    assert len(report) < 60_000
    assert len(report.encode("utf-16-le")) // 2 < 60_000  # GitHub takes 65,536
    for title, rows in (
        ("By label", SHOWN_LABELS),
        ("Worst confusions", SHOWN_CONFUSIONS),
        ("What the judge says", SHOWN_CONFUSIONS),
    ):
        assert len(cells(report, title)) == rows


def everything_at_its_longest(summary: Summary, text: str) -> Summary:
    """A thousand labels, and everything that is free text so long."""
    lock = dict.fromkeys(("model", "digest", "server_version", "rubric"), text)
    judge = summary.judge.model_copy(
        update={
            **lock,
            "calibration": "labelled",
            "scoring": "schema",
            "overrides_sha256": "0" * 64,
            "members": members(summary, text),
        }
    )
    cases = summary.cases.model_copy(
        update={
            "by_reason": {f"{number} {text}": 1 for number in range(50)},
            "by_verdict": {"judged-text": 1, "rule": 1, "judged-article": 1},
        }
    )
    return summary.model_copy(
        update={
            "judge": judge,
            "cases": cases,
            "per_label": tuple(row(f"{text}{n}", 10, 0.5) for n in range(1_000)),
            "confusions": tuple(
                Confusion(gold=f"{text}{n}", predicted=text, n=9, score=0.1, p_related=0.2)
                for n in range(1_000)
            ),
            "usage": summary.usage.model_copy(update={"outside_gpu": 0.5}),
        }
    )


def members(summary: Summary, text: str) -> tuple[Member, ...]:
    lock = summary.judge.model_dump(include=set(JudgeLock.model_fields))
    return tuple(Member(**{**lock, "model": text}, reference_auc=0.7) for _ in range(20))


def long_reasons(text: str) -> Reasons:
    pairs = tuple(
        ExplainedPair(
            predicted=text, gold=f"{text}{n}", p_related=0.2, reason=text, contradicts=True
        )
        for n in range(1_000)
    )
    usage = ReasonsUsage(calls=1, prompt_tokens=1, generated_tokens=1)
    return Reasons(explain="all", reasons=pairs, missing=0, usage=usage)
