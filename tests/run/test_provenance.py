import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluator.backends.protocol import Usage
from evaluator.errors import ConfigError, StorageFailed
from evaluator.judge.asking import Answer
from evaluator.judge.lock import JudgeLock
from evaluator.judge.question import Question
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.run.directory import RunDirectory
from evaluator.run.provenance import Provenance
from evaluator.run.settings import JudgeSettings, MatrixSettings, Settings

FINGERPRINTS = {"predictions": "a" * 64, "labels": "b" * 64}
LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2:latest",
    digest=f"sha256:{'c' * 64}",
    server_version="0.33.0",
    options=("form=chat", "num_ctx=2048"),
    rubric="category-relevance",
    prompt_hash="d" * 64,
)
RUBRIC = load_rubric("category-relevance")
FRESH_ADVICE = "Use another --save-to, or --fresh to start over."


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path / "run")


def settings(**changes: Any) -> JudgeSettings:
    return JudgeSettings.model_validate({"predictions": "p.csv", **changes})


def start(
    directory: RunDirectory,
    *,
    command: str = "judge",
    fingerprints: dict[str, str] = FINGERPRINTS,
    lock: JudgeLock = LOCK,
    **changes: Any,
) -> Provenance:
    """Start a run and let it compute something."""
    provenance = Provenance(directory, command, settings(**changes), fingerprints, RUBRIC)
    provenance.lock_judge(lock)
    directory.summary_file.touch()
    return provenance


def recorded(directory: RunDirectory) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(directory.run_file.read_text("utf-8"))
    return content


def refusal(directory: RunDirectory, **changes: Any) -> str:
    before = directory.run_file.read_bytes()
    with pytest.raises(ConfigError) as caught:
        start(directory, **changes)
    assert directory.run_file.read_bytes() == before
    return str(caught.value)


def test_a_start_records_what_the_run_is_made_from(directory: RunDirectory) -> None:
    assert not start(directory, seed=3, threshold=0.5, lock=LOCK).resumed
    record = recorded(directory)
    assert record["schema_version"] == 1
    assert (record["command"], record["status"], record["finished_at"]) == (
        "judge",
        "running",
        None,
    )
    assert record["config"]["threshold"] == 0.5 and record["config"]["predictions"] == "p.csv"
    assert record["lasting"] == settings(seed=3).lasting()
    assert record["fingerprints"] == FINGERPRINTS
    assert record["judge"] == json.loads(LOCK.model_dump_json())
    assert {"evaluator", "python", "ollama"} <= record["versions"].keys()
    age = datetime.now(UTC) - datetime.fromisoformat(record["started_at"])
    assert 0 <= age.total_seconds() < 60


def test_an_end_records_status_and_timings(directory: RunDirectory) -> None:
    provenance = start(directory, lock=LOCK)
    provenance.finish({"judging": 1.5})
    record = recorded(directory)
    assert (record["status"], record["timings"]) == ("done", {"judging": 1.5})
    assert record["finished_at"] >= record["started_at"]
    assert record["judge"]["digest"] == LOCK.digest


def test_the_same_run_is_continued_from_its_first_start(directory: RunDirectory) -> None:
    start(directory, lock=LOCK).finish({})
    record = recorded(directory)
    started = "2024-01-01T00:00:00+00:00"
    directory.run_file.write_text(json.dumps({**record, "started_at": started}))
    assert start(directory).resumed
    again = recorded(directory)
    assert (again["started_at"], again["status"]) == (started, "running")
    assert again["judge"] == record["judge"]


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": 0.1},
        {"calibration": "none"},
        {"overrides": "overrides.csv"},
        {"max_unscored": 1.0},
        {"fail_under": 0.7, "fail_under_lower_bound": True},
        {"min_accuracy": 0.7},
        {"concurrency": 9},
        {"timeout": 1.0},
        {"retries": 0},
        {"pull": True},
        {"predictions": "moved.csv"},
        {"labels": "moved.txt"},
        {"rubric": "moved.yaml"},
        {"matrix": "m.json"},
        {"judge": ["ollama:llama3.2@http://moved:11434"]},
        {"judge_url": ["http://moved:11434", "http://another:11434"]},
    ],
    ids=str,
)
def test_what_is_applied_anew_or_decides_nothing_may_change(
    directory: RunDirectory, changes: dict[str, Any]
) -> None:
    start(directory, lock=LOCK)
    assert start(directory, lock=LOCK, **changes).resumed
    config = recorded(directory)["config"]
    assert {name: config[name] for name in changes} == changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 1}, "seed (1, was 0)"),
        ({"gold_column": "truth"}, "gold_column (truth, was None)"),
        (
            {"fingerprints": {**FINGERPRINTS, "rubric": "mine@1"}},
            "rubric (mine@1, was None)",
        ),
        ({"id_column": "m" * 70}, f"id_column ({'m' * 12}…, was None)"),
        ({"command": "run"}, "command (run, was judge)"),
        (
            {"fingerprints": {**FINGERPRINTS, "predictions": "e" * 64}},
            f"predictions ({'e' * 12}…, was {'a' * 12}…)",
        ),
        (
            {"fingerprints": {"labels": "b" * 64, "model": "f"}},
            f"model (f, was None); predictions (None, was {'a' * 12}…)",
        ),
    ],
)
def test_a_change_that_decides_the_result_is_refused_and_named(
    directory: RunDirectory, changes: dict[str, Any], named: str
) -> None:
    start(directory)
    assert refusal(directory, **changes) == (
        f"{directory.path} holds a run made from something else: {named}. {FRESH_ADVICE}"
    )


def test_several_changes_are_all_named(directory: RunDirectory) -> None:
    start(directory)
    said = refusal(directory, seed=5, id_column="m", command="matrix")
    assert (
        "command (matrix, was judge); id_column (m, was None); seed (5, was 0). Use another" in said
    )


def test_another_commands_settings_are_a_change(directory: RunDirectory) -> None:
    start(directory)
    other: Settings = MatrixSettings(labels=Path("l.txt"))
    with pytest.raises(ConfigError, match="command \\(matrix, was judge\\)"):
        Provenance(directory, "matrix", other, {"labels": "b" * 64}, RUBRIC)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"digest": "sha256:0"}, f"digest (sha256:0, was {LOCK.digest})"),
        (
            {"model": "q", "server_version": "1"},
            "model (q, was llama3.2:latest); server_version (1,",
        ),
        ({"options": ()}, "options ("),
        ({"prompt_hash": "0"}, "prompt_hash (0, was ddd"),
    ],
)
def test_another_judge_is_refused_and_its_differences_named(
    directory: RunDirectory, changes: dict[str, Any], named: str
) -> None:
    start(directory, lock=LOCK)
    before = recorded(directory)["judge"]
    with pytest.raises(ConfigError) as caught:
        start(directory, lock=LOCK.model_copy(update=changes))
    said = str(caught.value)
    assert said.startswith(f"the judge changed since {directory.path} was started: {named}")
    assert said.endswith("Use that judge again, another --save-to, or --fresh to start over.")
    assert recorded(directory)["judge"] == before


def test_a_run_without_results_is_begun_anew_whatever_it_was(directory: RunDirectory) -> None:
    start(directory, lock=LOCK)
    directory.summary_file.unlink()
    assert not start(directory, seed=9).resumed
    assert recorded(directory)["lasting"]["seed"] == 9


def test_fresh_forgets_the_earlier_run_and_nothing_else(directory: RunDirectory) -> None:
    start(directory, lock=LOCK)
    (directory.path / "mine.txt").touch()
    other_judge = LOCK.model_copy(update={"digest": "sha256:0"})
    provenance = Provenance(directory, "judge", settings(fresh=True, seed=4), FINGERPRINTS, RUBRIC)
    provenance.lock_judge(other_judge)
    assert not provenance.resumed
    assert recorded(directory)["judge"]["digest"] == "sha256:0"
    assert sorted(path.name for path in directory.path.iterdir()) == ["mine.txt", "run.json"]


def test_until_the_judge_is_known_a_start_changes_nothing(directory: RunDirectory) -> None:
    start(directory).finish({"judging": 1.0})
    before = directory.run_file.read_bytes()
    Provenance(directory, "judge", settings(fresh=True, seed=4), FINGERPRINTS, RUBRIC)
    Provenance(directory, "judge", settings(), FINGERPRINTS, RUBRIC)
    assert directory.run_file.read_bytes() == before
    assert directory.summary_file.exists()


def test_fresh_keeps_the_matrix_that_the_new_run_reads(directory: RunDirectory) -> None:
    start(directory)
    directory.matrix_file.write_text("{}", "utf-8")
    fresh = settings(fresh=True, matrix=directory.matrix_file)
    Provenance(directory, "judge", fresh, FINGERPRINTS, RUBRIC).lock_judge(LOCK)
    assert directory.matrix_file.exists()
    assert not directory.summary_file.exists()


BROKEN = ["", "{", "[]", '{"schema_version": 1}', "\x00"]


@pytest.mark.parametrize("content", BROKEN)
def test_a_record_that_cannot_be_read_is_refused_but_not_by_fresh(
    directory: RunDirectory, content: str
) -> None:
    start(directory)
    directory.run_file.write_text(content)
    said = refusal(directory)
    assert said == (
        f"{directory.run_file} is not a record this version can continue; "
        "use another --save-to, or --fresh to start over."
    )
    assert not start(directory, fresh=True).resumed


def test_a_record_that_the_disk_does_not_give_is_a_storage_failure(
    directory: RunDirectory,
) -> None:
    start(directory)
    directory.run_file.unlink()
    directory.run_file.mkdir()
    with pytest.raises(StorageFailed, match=f"{directory.run_file} cannot be read: Is a directory"):
        start(directory)


def test_results_without_a_record_are_nobodys_and_refused(directory: RunDirectory) -> None:
    with directory.answers() as journal:
        journal.append(Answer(Question("a", "b"), Reading(1.0, 0.9), Usage(9, 9, 1), 0.1))
    with pytest.raises(ConfigError, match="is not a record this version can continue"):
        start(directory)
    assert not directory.run_file.exists()
    assert not start(directory, fresh=True).resumed
    assert list(directory.answers()) == []


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"novelty": 1}, {"status": "paused"}])
def test_a_record_of_a_later_version_is_refused(
    directory: RunDirectory, change: dict[str, Any]
) -> None:
    start(directory)
    directory.run_file.write_text(json.dumps({**recorded(directory), **change}))
    assert "is not a record this version can continue" in refusal(directory)
