"""Shards as a user starts them: processes that are killed, and a merge at the end."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fated import start_fated
from ollama_server import OllamaServer
from running import assert_fails, ended, evaluator
from sharded_run import content, write_cases
from small_run import judge_server
from system_calls import KILLED, Fate

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


def killed_at(command: list[object], root: Path, call: int) -> None:
    """Start a shard that ends at one of the system calls by which it changes its root."""
    killed = ended(start_fated(Fate(str(root), call, "killed"), *command))
    assert killed.code == KILLED, killed.err


def test_killed_shards_are_merged_into_the_run_of_one_process(
    settings: RunSettings, server: OllamaServer, tmp_path: Path
) -> None:
    run_evaluation(settings, LineProgress(lambda *line: None), lambda *step: None)
    server.forget_requests()
    root, told = tmp_path / "root", tmp_path / "termination-log"
    # Of more than 55 calls until each is done, the last of which write the results.
    instants = {1: (28,), 0: (22, 20)}
    for index, calls in instants.items():
        own = [*command(settings), "--save-to", root]
        for call in calls:
            killed_at([*own, "--shard", f"{index}/2"], root, call)
        early = evaluator("merge", root)
        assert_fails(early, 2, f"shard {index} of 2 is not finished", f"--shard {index}/2")
        pod = {"JOB_COMPLETION_INDEX": str(index), "EVALUATOR_SHARD": "2"}
        done = evaluator(*own, env={**pod, "EVALUATOR_TERMINATION_LOG": str(told)})
        assert done.code == 0, done.err
        assert f"Shard {index} of 2 is done" in done.out
        assert f"evaluator merge {root}" in done.out
        assert "no result yet" in json.loads(told.read_text("utf-8"))["message"]
    # Six questions for the three labels, and what was in flight at a kill, one at a time.
    assert 6 <= len(server.bodies("/api/chat")) <= 6 + sum(map(len, instants.values()))
    merged = evaluator("merge", root, "--format", "json")
    assert merged.code == 0, merged.err
    assert json.loads(merged.out) == json.loads((root / "summary.json").read_text("utf-8"))
    assert content(root) == content(tmp_path / "whole")
    failed = evaluator("merge", root, "--min-accuracy", 1)
    assert failed.code == 1, failed.err
    assert "--min-accuracy 1" in failed.out
