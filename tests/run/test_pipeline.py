"""The stages in order, inside this process; `tests/test_*.py` run the commands."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel

from evaluator.errors import ConfigError, DataUnusable, JudgeUnavailable
from evaluator.judge.matrix_file import read_matrix
from evaluator.judge.rubric_file import rubric_text
from evaluator.run.pipeline import Finished, judge_label_set, judge_predictions, run_evaluation
from evaluator.run.progress import Advance, Progress
from evaluator.run.settings import JudgeSettings, MatrixSettings, RunSettings

PREDICTIONS = "id,predicted,gold\n1,cars,cars\n2,trams,cars\n3,cooking,cars\n4,,trams\n"


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.3})
    with OllamaServer(engine, [ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture
def shared(tmp_path: Path, server: OllamaServer) -> dict[str, Any]:
    judge = {"judge": "ollama:llama3.2", "judge_url": server.url, "retries": 0}
    return {"save_to": tmp_path / "run", "calibration": "none", **judge}


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.csv"
    path.write_text(PREDICTIONS)
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.txt"
    path.write_text("cars\ncooking\ntrams\n")
    return path


def ignored(*step: object) -> None:
    pass


class Replacing:
    """Replaces a file when cases are about to be scored for the first time."""

    def __init__(self, path: Path, content: str) -> None:
        self._path = path
        self._content: str | None = content

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        if name == "scoring" and self._content is not None:
            self._path.write_text(self._content)
            self._content = None
        return nullcontext(lambda _: None)


def run_record(shared: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((shared["save_to"] / "run.json").read_text("utf-8"))
    return record


def test_predictions_are_judged_and_the_run_recorded_as_done(
    shared: dict[str, Any], predictions: Path, server: OllamaServer, progress: Progress
) -> None:
    settings = JudgeSettings(predictions=predictions, **shared)
    finished = judge_predictions(settings, progress, ignored)
    assert finished.directory.path == shared["save_to"]
    assert (finished.summary.cases.total, finished.summary.cases.judged) == (4, 3)
    assert len(server.bodies("/api/chat")) == 6
    record = run_record(shared)
    assert (record["command"], record["status"]) == ("judge", "done")
    assert record["judge"]["model"] == "llama3.2:latest"
    assert set(record["fingerprints"]) == {"predictions", "labels", "rubric"}
    assert set(record["timings"]) >= {"reading", "judging", "scoring", "summarizing"}


def test_a_label_set_is_judged_whole_and_its_matrix_serves_predictions(
    shared: dict[str, Any],
    predictions: Path,
    labels: Path,
    server: OllamaServer,
    progress: Progress,
) -> None:
    judged = judge_label_set(MatrixSettings(labels=labels, **shared), progress, ignored)
    stored = read_matrix(judged.directory.matrix_file, judged.matrix.labels)
    assert stored.judgements == judged.matrix.judgements
    assert len(stored.judgements) == 3
    assert run_record(shared)["status"] == "done"
    server.forget_requests()
    settings = JudgeSettings(
        predictions=predictions,
        labels=labels,
        matrix=judged.directory.matrix_file,
        **{**shared, "save_to": shared["save_to"].with_name("second")},
    )
    finished = judge_predictions(settings, progress, ignored)
    assert finished.summary.usage.calls == 0
    assert server.requests == []


def test_articles_are_classified_and_judged(
    shared: dict[str, Any], tiny_model: Path, tmp_path: Path, progress: Progress
) -> None:
    data = tmp_path / "cases.csv"
    data.write_text("text,label\nthe engine,cars\nthe soup,cooking\n")
    settings = RunSettings(data=data, model_path=tiny_model, **shared)
    finished = run_evaluation(settings, progress, ignored)
    assert finished.summary.cases.classified == 2
    assert set(run_record(shared)["fingerprints"]) == {"data", "model", "labels", "rubric"}
    again = run_evaluation(settings, progress, ignored)
    assert again.summary.findings() == finished.summary.findings()
    assert again.summary.usage.calls == 0


def test_of_many_labels_only_the_pairs_that_were_met_are_judged(
    shared: dict[str, Any],
    make_model: Any,
    tmp_path: Path,
    server: OllamaServer,
    progress: Progress,
) -> None:
    model = make_model(f"label {number:02}" for number in range(70))
    data = tmp_path / "cases.csv"
    rows = (f"the engine of car {number},label {number:02}\n" for number in range(9))
    data.write_text("text,label\n" + "".join(rows))
    settings = RunSettings(data=data, model_path=model, **shared)
    finished = run_evaluation(settings, progress, ignored)
    met = {(one.gold, one.predicted) for one in finished.summary.confusions}
    assert finished.summary.cases.judged == 9
    assert len(server.bodies("/api/chat")) == 2 * len({frozenset(pair) for pair in met}) > 0


def test_a_users_rubric_is_known_by_what_it_says(
    shared: dict[str, Any], predictions: Path, tmp_path: Path, progress: Progress
) -> None:
    text = rubric_text("category-relevance")

    def judged_by(name: str, content: str) -> Finished:
        path = tmp_path / name
        path.write_text(content, "utf-8")
        settings = JudgeSettings(predictions=predictions, rubric=str(path), **shared)
        return judge_predictions(settings, progress, ignored)

    first = judged_by("mine.yaml", text)
    again = judged_by("moved.yml", f"# a remark\n{text}")
    assert again.summary.findings() == first.summary.findings()
    for old, new in (("related: 0.5", "related: 0.4"), ("base_rate: 0.2", "base_rate: 0.3")):
        with pytest.raises(ConfigError, match=r"made from something else: rubric \(category-rel"):
            judged_by("mine.yaml", text.replace(old, new, 1))


def test_a_wrong_judge_or_rubric_is_found_before_anything_is_made(
    shared: dict[str, Any], predictions: Path, progress: Progress
) -> None:
    for change in ({"judge": "oracle"}, {"rubric": "none"}, {"matrix": predictions}):
        settings = JudgeSettings.model_validate({"predictions": predictions, **shared, **change})
        with pytest.raises(ConfigError):
            judge_predictions(settings, progress, ignored)
    assert not shared["save_to"].exists()


def test_ids_that_occur_twice_are_found_before_the_judge_is_asked(
    shared: dict[str, Any], predictions: Path, server: OllamaServer, progress: Progress
) -> None:
    predictions.write_text("id,predicted,gold\n1,cars,cars\n1,trams,cars\n")
    with pytest.raises(DataUnusable, match="has the id '1' twice"):
        judge_predictions(JudgeSettings(predictions=predictions, **shared), progress, ignored)
    assert server.requests == []


def test_a_gold_label_outside_the_set_is_found_before_the_judge_is_asked(
    shared: dict[str, Any],
    predictions: Path,
    labels: Path,
    server: OllamaServer,
    progress: Progress,
) -> None:
    predictions.write_text("id,predicted,gold\n1,cars,cars\n2,cars,boats\n")
    settings = JudgeSettings(predictions=predictions, labels=labels, **shared)
    with pytest.raises(DataUnusable, match="case '2' has the gold label 'boats'"):
        judge_predictions(settings, progress, ignored)
    assert server.requests == []


@pytest.mark.parametrize("sample", [{}, {"num_samples": 2}, {"num_samples": 2, "sample": "first"}])
def test_data_that_change_while_they_are_judged_end_the_run_without_a_result(
    shared: dict[str, Any], tiny_model: Path, tmp_path: Path, sample: dict[str, Any]
) -> None:
    data = tmp_path / "cases.csv"
    rows = "text,label\nthe engine,cars\nthe soup,cooking\nthe salt,{}\n"
    data.write_text(rows.format("cars"))
    settings = RunSettings(data=data, model_path=tiny_model, **sample, **shared)
    replacing = Replacing(data, rows.format("cooking"))
    with pytest.raises(DataUnusable, match=r"cases\.csv changed while it was read; start over"):
        run_evaluation(settings, replacing, ignored)
    assert not (shared["save_to"] / "cases.jsonl").exists()
    assert not (shared["save_to"] / "summary.json").exists()
    data.write_text(rows.format("cars"))
    assert run_evaluation(settings, replacing, ignored).summary.usage.calls == 0


def test_predictions_that_change_while_they_are_scored_end_the_run_without_a_result(
    shared: dict[str, Any], predictions: Path
) -> None:
    settings = JudgeSettings(predictions=predictions, **shared)
    replacing = Replacing(predictions, PREDICTIONS.replace("2,trams", "2,cars"))
    with pytest.raises(DataUnusable, match="changed while it was judged"):
        judge_predictions(settings, replacing, ignored)
    assert not (shared["save_to"] / "cases.jsonl").exists()


def test_a_changed_judge_is_refused_before_it_is_asked(
    shared: dict[str, Any], predictions: Path, server: OllamaServer, progress: Progress
) -> None:
    settings = JudgeSettings(predictions=predictions, **shared)
    judge_predictions(settings, progress, ignored)
    server.catalogue.remove("llama3.2")
    server.catalogue.add(ServedModel("llama3.2", digest="f" * 64))
    server.forget_requests()
    with pytest.raises(ConfigError, match=r"the judge changed since .*: digest \(sha256:ffff"):
        judge_predictions(settings, progress, ignored)
    assert server.bodies("/api/chat") == []


def test_a_judge_that_is_not_there_leaves_a_run_that_can_be_begun(
    shared: dict[str, Any], predictions: Path, server: OllamaServer, progress: Progress
) -> None:
    missing = {**shared, "judge": "ollama:phi3"}
    with pytest.raises(JudgeUnavailable):
        judge_predictions(JudgeSettings(predictions=predictions, **missing), progress, ignored)
    assert not (shared["save_to"] / "run.json").exists()
    # Nothing was computed, so another judge may take over.
    finished = judge_predictions(
        JudgeSettings(predictions=predictions, **shared), progress, ignored
    )
    assert finished.summary.cases.judged == 3
