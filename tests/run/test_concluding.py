import json
from dataclasses import replace
from pathlib import Path

import pytest
from judge_locks import lock_of_llama
from junitparser import JUnitXml

from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable, StorageFailed
from evaluator.judge.labels import LabelPair, labels_from_names
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.matrix_file import read_matrix
from evaluator.judge.question import TextPair
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.report.summary import RunUsage, read_summary
from evaluator.run.concluding import RunContext, conclude, write_matrix
from evaluator.run.directory import RunDirectory
from evaluator.run.judged import Judged
from evaluator.run.progress import Progress
from evaluator.run.provenance import RunRecord
from evaluator.run.settings import JudgeSettings
from evaluator.run.stopwatch import Stopwatch

LABELS = labels_from_names(["cars", "cooking", "trams"])
RUBRIC = load_rubric("category-relevance")
RELATED = PairJudgement(Reading(2.0, 0.9), Reading(2.0, 0.8))
MATRIX = VerdictMatrix(
    lock_of_llama(),
    LABELS,
    {LabelPair("cars", "trams"): RELATED, LabelPair("cars", "cooking"): RELATED},
    {LabelPair("cooking", "trams"): "timeout"},
    {},
    {TextPair("banana", "trams"): "http-400"},
)
USAGE = RunUsage(
    questions=6, calls=4, cached=2, prompt_tokens=9, evaluated_tokens=None, generated_tokens=4
)
JUDGED = Judged(MATRIX, USAGE)
Context = RunContext[JudgeSettings]
RECORD = RunRecord(
    command="judge",
    config={"threshold": 0.4},
    lasting={},
    fingerprints={"labels": "0"},
    rubric=RUBRIC,
    versions={"evaluator": "1"},
    started_at="2026-01-01T00:00:00+00:00",
)


class Given(list[Prediction]):
    """Predictions that nobody changes."""

    def require_unchanged(self) -> None:
        pass


PREDICTIONS = Given(
    [
        Prediction("1", "cars", "cars", 0.9),
        Prediction("2", "cars", "trams", 0.8, truncated=True),
        Prediction("3", "cooking", "trams", 0.7),
        Prediction("4", "trams", "banana"),
        Prediction("5", "trams", None, missing="empty-text"),
    ]
)


@pytest.fixture
def context(tmp_path: Path, progress: Progress) -> Context:
    settings = JudgeSettings(predictions=Path("p.csv"), threshold=0.4, max_unscored=0.1)
    return RunContext(settings, RUBRIC, RunDirectory(tmp_path / "run"), Stopwatch(), progress)


def test_every_case_is_a_line_and_counted(context: Context) -> None:
    summary = conclude(context, PREDICTIONS, JUDGED, RECORD)
    lines = [
        json.loads(line) for line in context.directory.cases_file.read_text("utf-8").splitlines()
    ]
    assert [(line["id"], line["flags"]) for line in lines] == [
        ("1", ["exact"]),
        ("2", ["judged", "truncated"]),
        ("3", ["unscored:timeout"]),
        ("4", ["unscored:http-400"]),
        ("5", ["unscored:empty-text"]),
    ]
    assert (summary.cases.total, summary.cases.judged, summary.cases.unscored) == (5, 2, 3)
    assert not summary.gate.passed
    shared = json.loads(context.directory.deepeval_file.read_text("utf-8"))["test_results"]
    assert [one["metadata"]["id"] for one in shared] == [line["id"] for line in lines]
    assert summary.pass_.rate == sum(one["success"] for one in shared) / summary.cases.judged
    assert summary.usage == USAGE
    assert list(summary.timings) == ["scoring"]


def test_the_files_say_what_the_summary_says(context: Context) -> None:
    summary = conclude(context, PREDICTIONS, JUDGED, RECORD)
    directory = context.directory
    assert read_summary(directory.summary_file) == summary
    assert read_matrix(directory.matrix_file, LABELS).judgements == MATRIX.judgements
    rows = directory.pairs_file.read_text("utf-8").splitlines()
    assert len(rows) == 1 + 6 + 1
    assert rows[1].startswith(("trams,cars,1,", "trams,cooking,1,"))
    assert directory.report_file.read_text("utf-8").startswith("Accuracy is")
    assert sorted(path.name for path in directory.path.iterdir()) == [
        "cases.jsonl",
        "deepeval-result.json",
        "matrix.json",
        "pairs.csv",
        "report.html",
        "report.md",
        "summary.json",
    ]


def test_junit_is_written_where_it_is_asked_for_and_else_removed(context: Context) -> None:
    asked = replace(context, settings=context.settings.model_copy(update={"junit": True}))
    conclude(asked, PREDICTIONS, JUDGED, RECORD)
    gates, cases = JUnitXml.fromstring(context.directory.junit_file.read_bytes())
    assert [one.name for one in gates] == ["max-unscored"]
    assert [one.name for one in cases] == ["1", "2", "3", "4", "5"]
    assert (cases.failures, cases.skipped) == (0, 3)  # the threshold is 0.4
    conclude(context, PREDICTIONS, JUDGED, RECORD)
    assert not context.directory.junit_file.exists()


def test_progress_counts_every_case(context: Context) -> None:
    predictions = Given(Prediction(str(number), "cars", "cars") for number in range(2_345))
    conclude(context, predictions, JUDGED, RECORD)
    assert context.progress.stages == [  # type: ignore[attr-defined]
        ("scoring", None, "cases", 0, 2_345)
    ]


def test_a_failure_half_way_leaves_the_earlier_files(context: Context) -> None:
    conclude(context, PREDICTIONS, JUDGED, RECORD)
    before = {path: path.read_bytes() for path in context.directory.path.iterdir()}
    with pytest.raises(DataUnusable, match="case '6' has the gold label 'chess'"):
        conclude(context, Given([*PREDICTIONS, Prediction("6", "chess", "cars")]), JUDGED, RECORD)
    assert {path: path.read_bytes() for path in context.directory.path.iterdir()} == before


def test_a_matrix_can_be_written_without_cases(context: Context) -> None:
    write_matrix(context, MATRIX, None)
    directory = context.directory
    assert sorted(path.name for path in directory.path.iterdir()) == ["matrix.json", "pairs.csv"]
    rows = directory.pairs_file.read_text("utf-8").splitlines()[1:]
    assert {row.split(",")[2] for row in rows} == {"0"}


def test_a_full_disk_is_a_storage_failure(tiny_disk: Path, progress: Progress) -> None:
    settings = JudgeSettings(predictions=Path("p.csv"))
    context = RunContext(settings, RUBRIC, RunDirectory(tiny_disk / "run"), Stopwatch(), progress)
    many = Given(Prediction(str(number), "cars", "cars") for number in range(2_000))
    with pytest.raises(StorageFailed, match="cannot be written: No space left"):
        conclude(context, many, JUDGED, RECORD)
    assert list(context.directory.path.iterdir()) == []
