"""`evaluator report`, as a user runs it."""

import json
import shutil
from pathlib import Path

import pytest
from rated_run import judged_run
from running import assert_fails, evaluator


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged_run(tmp_path_factory.mktemp("judged"))


def test_the_result_is_printed_and_its_reports_made_again(run: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(run, tmp_path / "run")
    (copied / "report.html").unlink()
    ended = evaluator("report", copied)
    assert ended.code == 0, ended.err
    assert "Accuracy is" in ended.out
    assert str(copied / "report.html") in ended.out
    assert (copied / "report.html").read_text("utf-8") == (run / "report.html").read_text("utf-8")


def test_programs_get_the_summary(run: Path, tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    ended = evaluator("report", run, "--output", output, "--format", "json")
    assert json.loads(ended.out) == json.loads((run / "summary.json").read_text("utf-8"))
    assert output.exists()


def test_open_shows_the_page_in_the_browser(run: Path, tmp_path: Path) -> None:
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$@" > {seen}\n', "utf-8")
    browser.chmod(0o755)
    page = tmp_path / "a page.html"
    ended = evaluator("report", run, "--output", page, "--open", env={"BROWSER": str(browser)})
    assert ended.code == 0, ended.err
    assert seen.read_text("utf-8").strip() == page.as_uri()


def test_without_a_browser_the_page_is_named(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    none = {"BROWSER": "/bin/false", "PATH": str(tmp_path), "DISPLAY": ""}
    ended = evaluator("report", run, "--output", page, "--open", env=none)
    assert ended.code == 0, ended.err
    assert f"No browser could be started; open {page} in one." in ended.err


def test_failures_are_one_sentence_with_their_code(run: Path, tmp_path: Path) -> None:
    assert_fails(evaluator("report", tmp_path), 2, "neither a run directory")
    assert_fails(evaluator("report", run / "matrix.json"), 5, "holds no judged cases")
    pdf = tmp_path / "result.pdf"
    assert_fails(evaluator("report", run, "--output", pdf), 2, "no report is written as result.pdf")
    nowhere = tmp_path / "none" / "result.html"
    assert_fails(evaluator("report", run, "--output", nowhere), 74, str(nowhere))
    only = evaluator("report", run, "--output", tmp_path / "comment.md", "--open")
    assert only.code == 2
    assert "--open needs an --output that ends in .html." in only.err
