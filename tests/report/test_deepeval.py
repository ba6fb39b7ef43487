import io
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from running import PATIENCE, environment

from evaluator.classifier.prediction import Prediction
from evaluator.judge.lock import JudgeLock
from evaluator.judge.verdict import Outcome, Verdict
from evaluator.report.deepeval import EvaluationResult, deepeval_results

ROOT = Path(__file__).parent.parent.parent
GUARDS = ROOT / "tests" / "guards"
BENCH_PYTHON = Path(
    os.environ.get("EVALUATOR_BENCH_PYTHON", ROOT / ".venv-bench" / "bin" / "python")
)
LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2:latest",
    digest="sha256:0",
    server_version="0.12.11",
    options=(),
    rubric="category-relevance",
    prompt_hash="ab",
)

SAME = Verdict("same", 1.0, None, "exact")
ALIAS = Verdict("same", 1.0, None, "alias")
JUDGED = Verdict(None, 0.235, 0.47, "judged")


def outcome(
    verdict: Verdict | None,
    unscored: str | None = None,
    predicted: str | None = "cars",
    **prediction: Any,
) -> Outcome:
    made = Prediction(**{"case_id": "7", "gold": "Cars ", "label": "cars", **prediction})
    return Outcome(made, "cars", predicted, verdict, unscored)


OUTCOMES = (
    outcome(SAME, text="From: a@b.example\n\nthe engine\u2028of the car"),
    outcome(ALIAS, label="automobiles"),
    outcome(JUDGED, predicted="trams", label="trams", text="a tram"),
    outcome(None, "http-400", predicted=None, label="banana", text=""),
    outcome(None, "empty-text", predicted=None, label=None, text=" "),
)


def written(outcomes: Iterable[Outcome], threshold: float = 0.8, lock: JudgeLock = LOCK) -> str:
    file = io.StringIO()
    with deepeval_results(file, threshold, lock) as write:
        for one in outcomes:
            write(one)
    return file.getvalue()


def only(one: Outcome, threshold: float = 0.8, lock: JudgeLock = LOCK) -> dict[str, Any]:
    """The one test result of one outcome."""
    (result,) = json.loads(written([one], threshold, lock))["test_results"]
    assert len(result["metrics_data"]) == 1
    assert result["success"] == result["metrics_data"][0]["success"]
    found: dict[str, Any] = result
    return found


def metric(one: Outcome, threshold: float = 0.8, lock: JudgeLock = LOCK) -> dict[str, Any]:
    found: dict[str, Any] = only(one, threshold, lock)["metrics_data"][0]
    return found


def test_a_case_shows_its_article_its_labels_and_its_id() -> None:
    result = only(outcome(JUDGED, predicted="trams", label="Trams", text="a tram"))
    assert (result["input"], result["actual_output"], result["expected_output"]) == (
        "a tram",
        "trams",
        "cars",
    )
    assert result["metadata"] == {"id": "7"}
    assert only(outcome(SAME))["input"] is None


def test_a_prediction_that_names_no_label_is_shown_as_it_is() -> None:
    unscored = outcome(None, "http-400", predicted=None, label="banana")
    assert only(unscored)["actual_output"] == "banana"
    assert only(outcome(None, "empty-text", predicted=None, label=None))["actual_output"] is None


def test_cases_are_numbered_in_their_order() -> None:
    results = json.loads(written(OUTCOMES))["test_results"]
    assert [one["name"] for one in results] == [f"test_case_{number}" for number in range(5)]
    assert [one["index"] for one in results] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("threshold", "success"), [(0.235, True), (0.236, False), (0.0, True)])
def test_a_case_passes_from_the_threshold_on(threshold: float, success: bool) -> None:
    found = metric(outcome(JUDGED), threshold)
    assert (found["threshold"], found["success"], found["score"]) == (threshold, success, 0.235)
    assert found["error"] is None


def test_an_unscored_case_has_an_error_and_no_score_and_never_passes() -> None:
    found = metric(outcome(None, "timeout"), threshold=0.0)
    assert (found["error"], found["score"], found["reason"]) == ("timeout", None, None)
    assert found["success"] is False


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (
            Verdict(None, 0.1, 0.75, "judged-text", 0.25, ambiguous=True),
            "The judge compared the predicted text with the correct category; P(related): 0.750; "
            "P(same given related): 0.250; points deducted for ambiguity.",
        ),
        (
            Verdict("related", 0.4, 0.8, "judged-article"),
            "The judge read the article and compared the prediction with the correct category; "
            "level: related; P(related): 0.800.",
        ),
        (
            Verdict("same", 0.6, 1.0, "named", extra_categories=2),
            "The text names the category that is meant; level: same; P(related): 1.000; "
            "points deducted for 2 further categories.",
        ),
        (SAME, "The prediction is the correct category; level: same."),
        (ALIAS, "The prediction is another name of the correct category; level: same."),
        (
            JUDGED,
            "The judge compared the predicted category with the correct one; P(related): 0.470.",
        ),
        (
            Verdict("related", 0.3, 0.9, "label dump"),  # type: ignore[arg-type]
            "How the verdict came about: label dump; level: related; P(related): 0.900.",
        ),
    ],
    ids=lambda value: value.how if isinstance(value, Verdict) else None,
)
def test_the_reason_says_how_the_verdict_came_about(verdict: Verdict, reason: str) -> None:
    assert metric(outcome(verdict))["reason"] == reason


@pytest.mark.parametrize(
    ("backend", "model", "shown"),
    [
        ("ollama", "llama3.2:latest", "llama3.2:latest (Ollama)"),
        ("embedded", "gemma.gguf", "gemma.gguf (llama.cpp)"),
        ("openai", "m", "m (OpenAI-compatible)"),
        ("panel", "m", "m (panel)"),
    ],
)
def test_the_judge_is_named(backend: str, model: str, shown: str) -> None:
    lock = LOCK.model_copy(update={"backend": backend, "model": model})
    assert metric(outcome(SAME), lock=lock)["evaluation_model"] == shown


def test_an_outcome_is_in_the_file_before_the_next_is_made() -> None:
    file = io.StringIO()
    with deepeval_results(file, 0.8, LOCK) as write:
        for number, one in enumerate(OUTCOMES):
            write(one)
            assert file.getvalue().endswith("}")
            assert file.getvalue().count('"name": "test_case_') == number + 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@searching
@given(st.lists(TEXTS, max_size=4))
def test_what_is_written_in_pieces_is_one_whole(texts: list[str]) -> None:
    content = written(outcome(SAME, text=text, case_id=text) for text in texts)
    whole = EvaluationResult.model_validate_json(content)
    assert content == whole.model_dump_json(indent=4) + "\n"
    assert [one.input for one in whole.test_results] == texts


READ_BY_DEEPEVAL = """
import json, sys
from deepeval.evaluate.types import EvaluationResult

content = json.load(sys.stdin)
plain = EvaluationResult(**content)
named = EvaluationResult.model_validate(content, by_name=True, by_alias=False)
print(json.dumps([plain.model_dump(), named.model_dump()]))
"""


def in_bench_environment(code: str, given: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run code beside DeepEval, which writes files where it runs; no socket leaves the machine."""
    if not BENCH_PYTHON.exists():
        pytest.skip(f"DeepEval's environment is not installed: {BENCH_PYTHON} (make test does it)")
    guarded = {"PYTHONPATH": str(GUARDS), "ONLY_HOST": "127.0.0.1", "HOME": str(folder)}
    return subprocess.run(
        [BENCH_PYTHON, "-c", code],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=environment({**guarded, "DEEPEVAL_TELEMETRY_OPT_OUT": "YES"}),
        timeout=PATIENCE,
        check=False,
    )


def test_deepevals_own_classes_read_it_and_give_it_back(tmp_path: Path) -> None:
    content = written(OUTCOMES)
    done = in_bench_environment(READ_BY_DEEPEVAL, content, tmp_path)
    assert done.returncode == 0, done.stderr
    plain, named = json.loads(done.stdout)
    ours = json.loads(content)
    assert json.dumps(named) == json.dumps(ours)  # the same keys in the same order
    # By their plain names DeepEval 4.3.1 does not read three fields of its own dump either: they
    # have aliases. Everything else comes back.
    for result in ours["test_results"]:
        for one in result["metrics_data"]:
            one |= {"strict_mode": False, "evaluation_model": None, "evaluation_cost": None}
    assert json.dumps(plain) == json.dumps(ours)


def test_the_guard_holds_in_deepevals_environment_too(tmp_path: Path) -> None:
    # 192.0.2.0/24 is reserved for documentation (RFC 5737); the guard ends the process first.
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = in_bench_environment(code, "", tmp_path)
    assert (done.returncode, "192.0.2.1" in done.stderr) == (99, True)
