"""A merge is the run that one process would have made."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from sharded_run import (
    Configured,
    content,
    ignored,
    insisting,
    load_classifiers_once,
    merge,
    shard,
    shards,
    stored_verdicts,
    write_cases,
)

from evaluator.errors import ConfigError
from evaluator.judge.matrix_file import matrix_json
from evaluator.run.merging import merge_shards
from evaluator.run.pipeline import run_evaluation
from evaluator.run.progress import Progress


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load_classifiers_once(monkeypatch)


@pytest.mark.parametrize("seed", range(5))
def test_killed_in_any_order_they_make_the_run_of_one_process(
    configured: Configured, tmp_path: Path, progress: Progress, seed: int
) -> None:
    draw = random.Random(seed)
    cases = draw.randint(5, 40)
    write_cases(tmp_path / "cases.jsonl", draw, cases)
    count = draw.randint(1, 6)
    sampled = {"num_samples": draw.choice([None, max(1, cases // 2)]), "seed": seed}
    sampled["sample"] = draw.choice(["stratified", "first"])
    run_evaluation(configured(save_to=tmp_path / "whole", **sampled), progress, ignored)
    whole = content(tmp_path / "whole")
    kills = 0
    for index in draw.choices(range(count), k=2) + draw.sample(range(count), count):
        settings = configured(shard=f"{index}/{count}", **sampled)
        kills += insisting(lambda killing, settings=settings: shard(settings, killing), draw)
    root = configured().save_to
    kills += insisting(lambda killing: merge(root, killing), draw)
    assert content(root) == whole
    assert kills > 0
    record = json.loads((root / "run.json").read_text("utf-8"))
    assert record["merged_from"] == count
    merge(root, progress)  # once more is the same
    assert content(root) == whole


def test_what_a_judge_leaves_unanswered_stays_so_with_its_reason(
    configured: Configured, tmp_path: Path, progress: Progress
) -> None:
    write_cases(tmp_path / "cases.jsonl", random.Random(1), 40)

    def answer(text: str) -> dict[str, float]:
        silent = "cooking" in text[text.rindex("Is ") :]
        return {"Perhaps": 0.9} if silent else {"Yes": 0.6, "No": 0.3}

    with OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2")]) as server:
        judge = {"judge": "ollama:llama3.2", "judge_url": server.url}
        asked = {**judge, "matrix": None, "retries": 0}
        settings = configured(save_to=tmp_path / "whole", **asked)
        whole = run_evaluation(settings, progress, ignored)
        server.forget_requests()
        root = shards(configured, 3, progress, **asked)
        assert len(server.bodies("/api/chat")) == 6  # both orders of three pairs, by one shard
    merged = merge(root, progress)
    assert content(root) == content(tmp_path / "whole")
    assert merged.summary.cases.by_reason["no-answer-word"] > 0
    assert merged.summary.usage.calls == whole.summary.usage.calls
    verdicts = [root / "shards" / name for name in ("matrix.json", "0-of-3/matrix.json")]
    assert len({path.read_bytes() for path in [*verdicts, root / "matrix.json"]}) == 1


def test_of_many_labels_a_stored_matrix_gives_the_pairs_that_were_met(
    configured: Configured, make_model: Any, tmp_path: Path, progress: Progress
) -> None:
    names = [f"label {number:02}" for number in range(66)]
    rows = (f"{n},the engine of car {n},{names[n]}\n" for n in range(9))
    (tmp_path / "cases.csv").write_text("id,text,label\n" + "".join(rows))
    large = {"data": tmp_path / "cases.csv", "model_path": make_model(names)}
    large["matrix"] = tmp_path / "matrix.json"
    large["matrix"].write_text(matrix_json(stored_verdicts(names)), "utf-8")
    run_evaluation(configured(save_to=tmp_path / "whole", **large), progress, ignored)
    root = shards(configured, 2, progress, **large)
    merge(root, progress)
    assert content(root) == content(tmp_path / "whole")


def test_gates_are_given_to_the_merge_and_decide_there(
    two_shards: Path, progress: Progress
) -> None:
    assert merge(two_shards, progress).summary.gate.passed
    failed = merge(two_shards, progress, min_accuracy=0.99, threshold=0.4)
    assert not failed.summary.gate.passed
    assert failed.summary.pass_.threshold == 0.4
    with pytest.raises(ConfigError, match=r"--min-accuracy cannot be 2"):
        merge(two_shards, progress, min_accuracy=2)


def test_directories_of_shards_are_merged_wherever_they_lie(
    two_shards: Path, tmp_path: Path, progress: Progress
) -> None:
    merge(two_shards, progress)
    moved = [
        shutil.copytree(two_shards / "shards" / f"{n}-of-2", tmp_path / name)
        for n, name in ((1, "there"), (0, "here"))
    ]
    with pytest.raises(ConfigError, match="add --save-to"):
        merge_shards(moved, None, {}, progress, ignored)
    merge_shards(moved, tmp_path / "merged", {}, progress, ignored)
    assert content(tmp_path / "merged") == content(two_shards)
    with pytest.raises(ConfigError, match="shard 0 of 2 is named twice"):
        merge_shards([two_shards, tmp_path / "here"], tmp_path / "merged", {}, progress, ignored)


def test_another_judge_is_not_asked_where_the_verdicts_are_there(
    two_shards: Path, progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    merge(two_shards, progress)
    whole = content(two_shards)
    merge(two_shards, progress, judge=("embedded",), retries=1)
    assert not caplog.messages
    merge(two_shards, progress, judge=("ollama:nobody",))
    assert "the merge asks nobody: --judge changes nothing" in caplog.text
    assert content(two_shards) == whole


def test_a_merged_root_takes_its_own_shards_again(
    two_shards: Path, configured: Configured, progress: Progress
) -> None:
    merge(two_shards, progress)
    whole = content(two_shards)
    shard(configured(shard="1/2", fresh=True), progress)
    merge(two_shards, progress)
    assert content(two_shards)["summary"] == whole["summary"]
