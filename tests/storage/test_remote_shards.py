"""A run in shards with everything at URLs, each shard and the merge on a machine of its own."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from s3_server import S3Server
from sharded_run import LABELS, content, write_cases
from small_run import judge_server

from evaluator.cli.progress import LineProgress
from evaluator.errors import ConfigError
from evaluator.judge.calibration_file import LabelledCalibration, calibration_json
from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.matrix_file import read_matrix
from evaluator.judge.platt import Platt
from evaluator.run.fetching import with_inputs_here
from evaluator.run.merging import merge_shards
from evaluator.run.pipeline import judge_label_set, run_evaluation
from evaluator.run.settings import MatrixSettings, RunSettings
from evaluator.run.sharding import run_whole_or_shard
from evaluator.storage.location import located
from evaluator.storage.store import Store

SILENT = LineProgress(lambda *told: None)
USUAL: dict[str, Any] = {"max_unscored": 1, "calibration": "none"}


def ignored(*step: object) -> None:
    pass


@pytest.fixture
def inputs(tmp_path: Path, tiny_model: Path) -> dict[str, Path]:
    """Cases, a model, and verdicts on its labels, on this machine."""
    write_cases(tmp_path / "cases.jsonl", random.Random(5), 24)
    (tmp_path / "labels.txt").write_text("\n".join(LABELS), "utf-8")
    with judge_server(0.0) as server:
        settings = MatrixSettings(
            labels=tmp_path / "labels.txt",
            save_to=tmp_path / "judged",
            judge=("ollama:llama3.2",),
            judge_url=(server.url,),
            calibration="none",
        )
        judge_label_set(settings, SILENT, ignored)
    return {
        "data": tmp_path / "cases.jsonl",
        "model_path": tiny_model,
        "matrix": tmp_path / "judged" / "matrix.json",
    }


def at_urls(inputs: dict[str, Path], bucket: str) -> dict[str, str]:
    """Copy the inputs to a bucket and return their URLs."""
    store = Store(f"{bucket}/in")
    for path in inputs.values():
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            store.put(file.relative_to(path.parent).as_posix(), file)
    return {setting: f"{bucket}/in/{path.name}" for setting, path in inputs.items()}


def test_shards_at_a_url_make_the_run_of_one_process_with_files(
    inputs: dict[str, Path],
    bucket: str,
    s3: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = RunSettings.model_validate({**USUAL, **inputs, "save_to": tmp_path / "whole"})
    run_evaluation(whole, SILENT, ignored)
    root = f"{bucket}/root"
    told = {**USUAL, **at_urls(inputs, bucket), "save_to": root}
    for index in range(2):
        monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / f"machine-{index}"))
        settings = RunSettings.model_validate({**told, "shard": f"{index}/2"})
        run_whole_or_shard(with_inputs_here(settings), SILENT, ignored)
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / "merging"))
    with pytest.raises(ConfigError, match="shards holds shards of 2, and this is shard 0 of 3"):
        run_whole_or_shard(RunSettings.model_validate({**told, "shard": "0/3"}), SILENT, ignored)
    merge_shards([located(root)], None, {}, SILENT, ignored)
    stored = s3.contents(bucket.removeprefix("s3://"))
    for key, body in stored.items():
        if key.startswith("root/"):
            file = tmp_path / "down" / key.removeprefix("root/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
    merged, expected = content(tmp_path / "down"), content(tmp_path / "whole")
    for name in inputs:
        assert merged["record"]["config"].pop(name) == told[name]
        expected["record"]["config"].pop(name)
    assert merged == expected
    assert stored["root/shards/matrix.json"] == stored["root/matrix.json"]


def test_a_merge_that_asks_the_judge_fetches_what_it_is_calibrated_by(
    inputs: dict[str, Path], bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = read_matrix(inputs.pop("matrix"), LabelSet([Label(name, name) for name in LABELS])).lock
    fit = LabelledCalibration(lock, Platt(1.0, 0.0), 60, 0.5, False)
    inputs["calibration"] = tmp_path / "labelled.json"
    inputs["calibration"].write_text(calibration_json(fit), "utf-8")
    root = f"{bucket}/root"
    told: dict[str, Any] = {**at_urls(inputs, bucket), "save_to": root, "show_article": True}
    with judge_server(0.0) as server:
        told |= {"judge": "ollama:llama3.2", "judge_url": server.url, "max_unscored": 1}
        for index in range(2):
            settings = RunSettings.model_validate({**told, "shard": f"{index}/2"})
            run_whole_or_shard(with_inputs_here(settings), SILENT, ignored)
        monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / "merging"))
        merge_shards([located(root)], None, {}, SILENT, ignored)
    record = json.loads(Store(root).read("run.json") or b"")
    summary = json.loads(Store(root).read("summary.json") or b"")
    assert record["config"]["calibration"] == told["calibration"]
    assert summary["judge"]["calibration"] == "labelled"
