"""Findings in a terminal."""

import io

from rich.console import Console

from evaluator.report.diagnosis import Finding
from evaluator.report.diagnosis_lines import FindingLines


def shown(*findings: Finding) -> list[str]:
    out = io.StringIO()
    lines = FindingLines(Console(file=out, width=60))
    for finding in findings:
        lines.show(finding)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_finding_is_its_state_its_step_and_what_was_found() -> None:
    assert shown(Finding(step="DNS", state="ok", found="a is b")) == [
        "ok           DNS              a is b"
    ]


def test_advice_stands_below() -> None:
    found = Finding(step="port", state="failed", found="deaf", advice="start it.")
    assert shown(found) == [
        "failed       port             deaf",
        "                              → start it.",
    ]


def test_a_judge_gets_a_heading() -> None:
    one = Finding(step="DNS", subject="judge one", state="ok", found="x")
    other = one.model_copy(update={"step": "port"})
    assert shown(one, other)[:3] == ["", "judge one", "ok           DNS              x"]
    assert shown(one, other).count("judge one") == 1
