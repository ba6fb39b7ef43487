"""Gates as a pipeline meets them: an exit code, a sentence and the numbers in `summary.json`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from junitparser import JUnitXml
from ollama_server import OllamaServer, Status
from running import assert_fails, evaluator, findings
from small_run import CASES, judge_command, judge_server, write_predictions


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    with judge_server(seconds=0) as running:
        yield running


@pytest.fixture(scope="module")
def command(server: OllamaServer, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """A run that was done once, so that each gate is only held against what it found."""
    folder = tmp_path_factory.mktemp("gates")
    done = judge_command(write_predictions(folder / "predictions.csv"), server, folder / "run")
    assert evaluator(*done).code == 0
    return done


@pytest.fixture
def run(command: list[object]) -> Path:
    return Path(str(command[-1]))


@pytest.mark.parametrize(
    ("flag", "measure"),
    [("--fail-under", "the mean relevance score"), ("--min-accuracy", "accuracy")],
)
def test_a_gate_that_fails_exits_1_and_says_why(
    command: list[object], run: Path, flag: str, measure: str
) -> None:
    ended = evaluator(*command, flag, 0.99)
    assert ended.code == 1, ended.err
    gate = findings(run)["gate"]
    (reason,) = gate["reasons"]
    assert reason.startswith(f"{measure} is 0.")
    assert f"less than {flag} 0.99" in reason
    assert f"Gate failed: {reason}." in " ".join(ended.out.split())
    assert reason.partition(" (")[0] in (run / "report.md").read_text("utf-8").replace("\\", "")
    assert (gate["passed"], gate["too_many_unscored"]) == (False, False)


def test_a_gate_that_passes_exits_0_and_is_listed(command: list[object], run: Path) -> None:
    ended = evaluator(*command, "--fail-under", 0.05, "--min-accuracy", 0.05)
    assert ended.code == 0, ended.err
    assert "Gate passed: the mean relevance score is 0." in ended.out
    checks = findings(run)["gate"]["checks"]
    assert [(one["name"], one["wanted"], one["passed"]) for one in checks] == [
        ("fail-under", 0.05, True),
        ("min-accuracy", 0.05, True),
        ("max-unscored", 0.05, True),
    ]
    # This judge is not calibrated.
    assert "no absolute score" in checks[0]["phrase"]


def test_the_lower_bound_fails_what_the_measure_itself_passes(
    command: list[object], run: Path
) -> None:
    measured = findings(run)["accuracy"]["value"] - 0.001
    gates = ["--min-accuracy", measured]
    assert evaluator(*command, *gates).code == 0
    assert evaluator(*command, *gates, "--fail-under-lower-bound").code == 1
    (check, _) = findings(run)["gate"]["checks"]
    assert check["found"] == findings(run)["accuracy"]["ci95"][0] < measured


def test_a_lower_bound_of_nothing_is_a_sentence(command: list[object]) -> None:
    ended = evaluator(*command, "--fail-under-lower-bound")
    assert_fails(ended, 2, "--fail-under-lower-bound says how --fail-under and --min-accuracy")


def test_a_score_beyond_what_there_is_is_a_sentence(command: list[object]) -> None:
    assert_fails(evaluator(*command, "--fail-under", 70), 2, "--fail-under cannot be 70.0")


def test_too_many_unscored_cases_exit_6_whatever_else_fails(
    server: OllamaServer, tmp_path: Path
) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    server.faults.add(Status(code=400, after=0, times=6))
    ended = evaluator(*judge_command(predictions, server, tmp_path / "run"), "--fail-under", 0.99)
    server.faults.clear()
    assert ended.code == 6
    assert len(findings(tmp_path / "run")["gate"]["reasons"]) == 2


def test_junit_is_listed_where_it_was_asked_for(command: list[object], run: Path) -> None:
    ended = evaluator(*command, "--junit", "--min-accuracy", 0.99)
    assert ended.code == 1, ended.err
    assert f"  {run / 'junit.xml'}\n" in ended.out
    gates, cases = JUnitXml.fromfile(str(run / "junit.xml"))
    assert (gates.tests, gates.failures) == (2, 1)
    assert cases.tests == CASES
    assert "junit.xml" not in evaluator(*command).out
    assert not (run / "junit.xml").exists()
