import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import normalized
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.markdown import LONGEST_LABEL, LONGEST_REASON, markdown_report
from evaluator.report.markdown_parts import escaped
from evaluator.report.reasons import ExplainedPair, Reasons, ReasonsUsage
from evaluator.report.summary import Summary
from evaluator.report.wording import clipped, printable

from .markdown_tables import cells, shown

Summarize = Callable[..., Summary]
Judge = Callable[..., VerdictMatrix]


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
        ("[text](https://x.example)", "| \\[text\\](https:\u200b//x.example) |"),
        ("R&amp;D", r"| R\&amp;D |"),
        ("\x1b[31mred", "| �\\[31mred |"),
    ],
)
def test_hostile_labels_are_escaped(
    summary_of: Summarize, judge: Judge, label: str, source: str
) -> None:
    report = markdown_report(summary_of(judge([label], {}), [Prediction("1", label, label)]))
    assert source in report


LINKING = [
    *("https:", "//", "ftp://", "www", ".", "WWW.", "evil.com/x", "@", "a@b.c", "mailto:", "xmpp:"),
    *("](", "http://evil.com/p.png", ")", "GH-", "gh-7", "#", "7", " "),
]


@given(st.lists(st.sampled_from(LINKING), max_size=8))
@searching
def test_no_label_becomes_a_link_by_itself(parts: list[str]) -> None:
    source = escaped("".join(parts))
    # What GitHub Flavored Markdown links: its section 6.9, and GitHub's own references.
    links = r"(?i)(https?|ftp)://|www\.|@[\w.-]|(?<!\w)gh-\d|#\d"
    assert re.search(links, source) is None, source
    assert len(source) <= max(1, 2 * len("".join(parts)))


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


@pytest.mark.parametrize("text", ["@octocat", "ask @org/team", "#1", "C#3", "mail@example"])
def test_no_label_calls_people_or_links_pull_requests(
    summary_of: Summarize, judge: Judge, text: str
) -> None:
    report = markdown_report(summary_of(judge([text], {}), [Prediction("1", text, text)]))
    assert not re.search(r"@\w|#\d", report)
    (found,) = cells(report, "By label")
    assert shown(found[0]) == text
