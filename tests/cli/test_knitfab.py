"""`evaluator knitfab` as a user meets it."""

import json
from pathlib import Path

from knitfab_plans import CLEAN
from running import assert_fails, evaluator


def test_a_clean_plan_ends_with_0_and_without_a_word(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(CLEAN, "utf-8")
    ended = evaluator("knitfab", "lint", plan)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert json.loads(evaluator("knitfab", "lint", plan, "--format", "json").out) == []


def test_findings_are_lines_that_an_editor_can_follow(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"{CLEAN}logs:\n  tags: [a:b]\n", "utf-8")
    ended = evaluator("knitfab", "lint", plan)
    assert (ended.code, ended.err) == (2, "")
    assert ended.out == (
        f"{plan}:23: dropped: the plan has the unknown key 'logs'; did you mean 'log'\n"
    )


def test_findings_in_json_are_the_same(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(CLEAN.replace("train:v1.0", "train:latest"), "utf-8")
    ended = evaluator("knitfab", "lint", plan, "--format", "json")
    assert (ended.code, ended.err) == (0, "")  # a warning alone
    (finding,) = json.loads(ended.out)
    assert (finding["file"], finding["line"], finding["consequence"]) == (str(plan), 2, "warning")
    assert finding["message"].startswith("'latest' does not say")


def test_a_plan_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    ended = evaluator("knitfab", "lint", tmp_path / "none.yaml")
    assert_fails(ended, 2, "none.yaml cannot be read: No such file or directory")
