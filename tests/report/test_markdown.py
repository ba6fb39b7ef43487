import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import normalized
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.markdown import (
    LONGEST_LABEL,
    LONGEST_REASON,
    OPEN_ROWS,
    SHOWN_CONFUSIONS,
    SHOWN_LABELS,
    markdown_report,
)
from evaluator.report.markdown_parts import ZERO_WIDTH_SPACE
from evaluator.report.reasons import ExplainedPair, Reasons, ReasonsUsage
from evaluator.report.summary import Confusion, LabelRow, Member, Summary
from evaluator.report.wording import clipped, printable

Summarize = Callable[..., Summary]
Judge = Callable[..., VerdictMatrix]

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def cells(report: str, title: str) -> list[list[Token]]:
    """The parsed cells of the table of a part, open or folded, row by row without its header."""
    tokens = PARSER.parse(report)
    start = next(
        place
        for place, token in enumerate(tokens)
        if (token.type == "heading_open" and tokens[place + 1].content.startswith(title))
        or (token.type == "html_block" and f"<summary>{title}" in token.content)
    )
    rows: list[list[Token]] = []
    for token, following in zip(tokens[start:], tokens[start + 1 :], strict=False):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"td_open", "th_open"}:
            rows[-1].append(following)
        elif token.type == "table_close":
            break
    return rows[1:]


def shown(cell: Token) -> str:
    """What a reader sees of a cell, which holds nothing but text."""
    children = cell.children or []
    assert {child.type for child in children} <= {"text", "text_special"}, cell.content
    return "".join(child.content for child in children).replace(ZERO_WIDTH_SPACE, "")


def expected(text: str, longest: int = LONGEST_LABEL) -> str:
    return printable(clipped(text, longest)) or "–"


def explained(gold: str, predicted: str, reason: str, *, contradicts: bool = False) -> Reasons:
    """The one reason for a pair whose logit is 1."""
    pair = ExplainedPair(
        predicted=predicted,
        gold=gold,
        p_related=1 / (1 + math.exp(-1)),
        reason=reason,
        contradicts=contradicts,
    )
    usage = ReasonsUsage(calls=1, prompt_tokens=1, generated_tokens=1)
    return Reasons(explain="all", reasons=(pair,), missing=0, usage=usage)


LABELS = st.one_of(
    st.text(min_size=1),
    st.text("\\`*_[]()<>|#~&;!-+.=@\"' \n\tab1", min_size=1),
)


@given(label=LABELS)
@searching
def test_any_label_is_shown_as_it_is_in_one_cell(
    summary_of: Summarize, judge: Judge, label: str
) -> None:
    other = "other" if normalized(label) != "other" else "another"
    matrix = judge([label, other], {(label, other): (1.0, 1.0, 0.9)})
    cases = [Prediction("1", label, label), Prediction("2", label, other)]
    report = markdown_report(summary_of(matrix, cases))
    (row,) = cells(report, "By label")
    assert len(row) == 7
    assert shown(row[0]) == expected(label)
    (confusion,) = cells(report, "Worst confusions")
    assert [shown(cell) for cell in confusion] == [expected(label), other, "1", "0.731"]


@given(label=LABELS, reason=st.text(min_size=1))
@searching
def test_any_reason_is_shown_as_it_is_in_one_cell(
    summary_of: Summarize, judge: Judge, label: str, reason: str
) -> None:
    other = "other" if normalized(label) != "other" else "another"
    matrix = judge([label, other], {(label, other): (1.0, 1.0, 0.9)})
    summary = summary_of(matrix, [Prediction("1", label, other)])
    report = markdown_report(summary, explained(label, other, reason, contradicts=True))
    (row,) = cells(report, "What the judge says")
    assert [shown(cell) for cell in row] == [
        expected(label),
        other,
        "0.731",
        expected(reason, LONGEST_REASON),
        "contradicts the verdict",
    ]


def test_only_reasons_for_shown_confusions_are_in_the_report(
    summary_of: Summarize, judge: Judge
) -> None:
    matrix = judge(["a", "b"], {("a", "b"): (1.0, 1.0, 0.9)})
    summary = summary_of(matrix, [Prediction("1", "a", "b")])
    given = explained("a", "b", "both are letters.")
    report = markdown_report(summary, given)
    assert "Shown: 1 of 1 reason, of which 0 contradict their verdict." in report
    assert "| a | b | 0.731 | both are letters. |   |" in report
    for unseen in (None, explained("b", "a", "both are letters.")):
        assert "both are letters" not in markdown_report(summary, unseen)


@pytest.mark.parametrize(
    ("label", "source"),
    [
        ("a|b", r"| a\|b |"),
        ("<script>alert(1)</script>", r"| \<script\>alert(1)\</script\> |"),
        ("two\n\n# lines", r"| two \# lines |"),
        ("[text](https://x.example)", r"| \[text\](https://x.example) |"),
        ("R&amp;D", r"| R\&amp;D |"),
        ("\x1b[31mred", "| �\\[31mred |"),
    ],
)
def test_hostile_labels_are_escaped(
    summary_of: Summarize, judge: Judge, label: str, source: str
) -> None:
    report = markdown_report(summary_of(judge([label], {}), [Prediction("1", label, label)]))
    assert source in report


def test_names_from_the_judge_are_escaped_too(summary_of: Summarize, judge: Judge) -> None:
    matrix = judge(["a"], {}, model="<b>|*model*")
    report = markdown_report(summary_of(matrix, [Prediction("1", "a", "a")]))
    assert r"Judge: ollama \<b\>\|\*model\* (" in report


def test_the_report_has_every_number_of_the_summary(summary: Summary) -> None:
    report = markdown_report(summary)
    assert report.startswith("Accuracy is 50.0 % of 10 classified cases")
    assert "(95 % CI 23.7–76.3). Its 3 judged misses are too few or too equal" in report
    assert "| error relevance | 0.503 | no interval: too few or too equal cases |" in report
    assert "| … of random misses | 0.389 | over all judged pairs |" in report
    assert (
        "| relevance score | 0.719 | no interval: too few or too equal cases; over 8 judged cases |"
        in report
    )
    # recall 4/7, precision 4/4, F1 8/11, score (4 + 0.7311 + 0.0237)/7, relevance 1.5095/3
    assert "| a | 7 | 57.1 % | 100.0 % | 0.727 | 0.679 | 0.503 |" in report
    assert "| c | 1 | 0.0 % | 0.0 % | 0.000 | – | – |" in report
    assert "## Worst confusions (3 of 3)" in report
    assert "| b | c | 1 | – |" in report
    assert "- 3 of 11 cases are unscored: empty-text 1, http-400 1, timeout 1. Wrong" in report
    assert report.endswith("|\n")


def test_means_of_enough_cases_are_reported_with_their_interval(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction]
) -> None:
    many = summary_of(matrix, predictions * 4)
    report = markdown_report(many)
    for name, mean, interval in (
        ("relevance score", "0.719", many.score.ci95),
        ("error relevance", "0.503", many.error_relevance.ci95),
    ):
        assert interval is not None
        low, high = interval
        assert f"| {name} | {mean} | 95 % CI {low:.3f}–{high:.3f}" in report


def test_a_failed_gate_comes_right_after_the_headline(summary: Summary) -> None:
    blocks = markdown_report(summary).split("\n\n")
    # 3 of 11 cases are unscored.
    assert blocks[1] == (
        "**Gate failed:** 3 of 11 cases are unscored (0.273), more than --max-unscored 0.05."
    )


def test_a_passed_gate_says_what_it_was_held_against(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction]
) -> None:
    passed = summary_of(matrix, predictions, max_unscored=0.5, min_accuracy=0.4)
    assert markdown_report(passed).split("\n\n")[1] == (
        "**Gate passed:** accuracy is 0.500, no less than --min-accuracy 0.4; 3 of 11 cases are "
        "unscored (0.273), no more than --max-unscored 0.5."
    )


def test_without_a_confusion_there_is_no_table_of_them(
    summary_of: Summarize, matrix: VerdictMatrix
) -> None:
    report = markdown_report(summary_of(matrix, [Prediction("1", "a", "a")]))
    assert "confusions" not in report


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


@pytest.mark.parametrize("text", ["@octocat", "ask @org/team", "#1", "C#3", "mail@example"])
def test_no_label_calls_people_or_links_pull_requests(
    summary_of: Summarize, judge: Judge, text: str
) -> None:
    report = markdown_report(summary_of(judge([text], {}), [Prediction("1", text, text)]))
    assert not re.search(r"@\w|#\d", report)
    (found,) = cells(report, "By label")
    assert shown(found[0]) == text
