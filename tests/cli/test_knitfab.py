"""`evaluator knitfab` as a user meets it."""

import json
from pathlib import Path

import yaml
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


def test_plan_prints_a_plan_that_lint_has_nothing_against(tmp_path: Path) -> None:
    options = [
        "--project",
        "news",
        "--model",
        "model",
        "--judge",
        "ollama:qwen3",
        "--explain",
        "all",
    ]
    made = evaluator("knitfab", "plan", *options)
    assert (made.code, made.err) == (0, "")
    plan = yaml.safe_load(made.out)
    assert plan["image"] == "localhost:30503/evaluator:0.1.0"
    assert "--explain=all" in plan["args"]
    file = tmp_path / "plan.yaml"
    file.write_text(made.out, "utf-8")
    assert evaluator("knitfab", "lint", file).out == ""


def test_plan_hears_the_environment_as_a_run_does(tmp_path: Path) -> None:
    made = evaluator("knitfab", "plan", "--project", "p", env={"EVALUATOR_MODEL_PATH": "m"})
    assert "--model-path=/in/model" in yaml.safe_load(made.out)["args"]


def test_plan_wants_what_a_run_wants_and_a_project() -> None:
    assert_fails(evaluator("knitfab", "plan", "--project", "p"), 2, "--model-path is required")
    ended = evaluator("knitfab", "plan", "--model", "m")
    assert (ended.code, "Missing option '--project'" in ended.err) == (2, True)
