"""Shards as a user starts them: processes that are killed, and a merge at the end."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ollama_server import OllamaServer
from running import assert_fails, evaluator, journaled, start
from sharded_run import content, write_cases
from small_run import judge_server

from evaluator.cli.progress import LineProgress
from evaluator.run.pipeline import run_evaluation
from evaluator.run.settings import RunSettings

CASES = 40


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with judge_server(seconds=0.02) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, tiny_model: Path, server: OllamaServer) -> RunSettings:
    """Those of the run."""
    return RunSettings(
        data=write_cases(tmp_path / "cases.jsonl", random.Random(5), CASES),
        model_path=tiny_model,
        judge=("ollama:llama3.2",),
        judge_url=(server.url,),
        concurrency=1,
        calibration="none",
        save_to=tmp_path / "whole",
    )


def command(settings: RunSettings) -> list[object]:
    """The same as words, without the place."""
    return [
        *["run", "--data", settings.data, "--model", settings.model_path],
        *["--concurrency", settings.concurrency],
        *["--judge", *settings.judge, "--judge-url", *settings.judge_url],
    ]


def killed_after(command: list[object], directory: Path, records: int) -> bool:
    """Kill a shard once it has journaled so much; return whether it was still alive."""
    process = start(*command)
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        kept = sum(len(journaled(directory, name)) for name in ("answers", "classifications"))
        if kept >= records:
            break
        time.sleep(0.02)
    alive = process.poll() is None
    process.kill()
    process.communicate()
    return alive


def test_killed_shards_are_merged_into_the_run_of_one_process(
    settings: RunSettings, server: OllamaServer, tmp_path: Path
) -> None:
    run_evaluation(settings, LineProgress(lambda *line: None), lambda *step: None)
    server.forget_requests()
    root, told = tmp_path / "root", tmp_path / "termination-log"
    kills = 0
    for index, instants in ((1, (9,)), (0, (2, 4))):
        own = [*command(settings), "--save-to", root]
        for records in instants:
            killed = [*own, "--shard", f"{index}/2"]
            kills += killed_after(killed, root / "shards" / f"{index}-of-2", records)
        early = evaluator("merge", root)
        assert_fails(early, 2, f"shard {index} of 2 is not finished", f"--shard {index}/2")
        pod = {"JOB_COMPLETION_INDEX": str(index), "EVALUATOR_SHARD": "2"}
        ended = evaluator(*own, env={**pod, "EVALUATOR_TERMINATION_LOG": str(told)})
        assert ended.code == 0, ended.err
        assert f"Shard {index} of 2 is done" in ended.out
        assert f"evaluator merge {root}" in ended.out
        assert "no result yet" in json.loads(told.read_text("utf-8"))["message"]
    assert kills >= 2
    # Six questions for the three labels, and what was in flight at a kill, one at a time.
    assert 6 <= len(server.bodies("/api/chat")) <= 6 + kills
    merged = evaluator("merge", root, "--format", "json")
    assert merged.code == 0, merged.err
    assert json.loads(merged.out) == json.loads((root / "summary.json").read_text("utf-8"))
    assert content(root) == content(tmp_path / "whole")
    failed = evaluator("merge", root, "--min-accuracy", 1)
    assert failed.code == 1, failed.err
    assert "--min-accuracy 1" in failed.out
