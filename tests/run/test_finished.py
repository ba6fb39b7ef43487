import json
import shutil
from pathlib import Path

import pytest
from running import case_lines

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.finished import read_finished


@pytest.fixture
def copied(judged: Path, tmp_path: Path) -> Path:
    return shutil.copytree(judged, tmp_path / "run")


def test_a_run_is_read_with_its_cases_threshold_and_matrix(judged: Path) -> None:
    run = read_finished(judged)
    assert [case.id for case in run.cases()] == [line["id"] for line in case_lines(judged)]
    assert run.has_cases
    assert run.threshold == 0.8
    assert run.levels == load_rubric("category-relevance").levels
    assert len(run.matrix.judgements) == 66  # 12·11/2


def test_a_matrix_is_read_alone(judged: Path) -> None:
    run = read_finished(judged / "matrix.json")
    assert run.matrix.judgements == read_finished(judged).matrix.judgements
    assert run.threshold is None
    assert not run.has_cases
    with pytest.raises(DataUnusable, match="holds no judged cases"):
        next(run.cases())


def test_a_run_that_has_not_ended_is_refused(copied: Path) -> None:
    record = json.loads((copied / "run.json").read_text("utf-8"))
    (copied / "run.json").write_text(json.dumps({**record, "status": "running"}), "utf-8")
    with pytest.raises(ConfigError, match="has not ended"):
        read_finished(copied)


def test_a_matrix_of_a_rubric_of_ones_own_is_read_with_its_run(copied: Path) -> None:
    stored = json.loads((copied / "matrix.json").read_text("utf-8"))
    stored["lock"]["rubric"] = "mine"
    (copied / "matrix.json").write_text(json.dumps(stored), "utf-8")
    with pytest.raises(ConfigError, match="'mine', which is not built in; name the run directory"):
        read_finished(copied / "matrix.json")


def test_what_is_no_run_is_refused_and_left_alone(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match="neither a run directory nor a matrix"):
            read_finished(path)
    assert list(tmp_path.iterdir()) == []


def test_broken_files_are_one_sentence(copied: Path) -> None:
    cases = copied / "cases.jsonl"
    cases.write_text('{"id": 3}\n', "utf-8")
    with pytest.raises(DataUnusable, match=r"cases\.jsonl line 1 is no case of a run"):
        list(read_finished(copied).cases())
    (copied / "run.json").write_text("{}", "utf-8")
    with pytest.raises(ConfigError, match=r"run\.json is not a record"):
        read_finished(copied)


def test_a_run_keeps_the_rubric_that_it_was_judged_by(judged: Path) -> None:
    record = read_finished(judged).record
    assert record is not None
    assert record.rubric == load_rubric("category-relevance")


def test_what_other_commands_left_beside_is_read_or_none(copied: Path) -> None:
    run = read_finished(copied)
    assert run.summary().cases.total == len(list(run.cases()))
    assert run.agreement() is None
    assert run.reasons() is None
    (copied / "agreement.json").write_text("{}", "utf-8")
    with pytest.raises(DataUnusable, match=r"agreement\.json cannot be read"):
        run.agreement()


def test_a_label_set_alone_has_no_summary(copied: Path) -> None:
    (copied / "cases.jsonl").unlink()
    with pytest.raises(DataUnusable, match="holds no judged cases"):
        read_finished(copied).summary()


@pytest.mark.parametrize("threshold", [None, "high", 1.5, -1, float("nan")])
def test_a_record_without_a_threshold_is_refused(copied: Path, threshold: object) -> None:
    file = copied / "run.json"
    record = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**record, "config": {"threshold": threshold}}), "utf-8")
    with pytest.raises(ConfigError, match="does not say a threshold from 0 to 1"):
        read_finished(copied)
