"""A run with `--knitfab`, started as a plan starts it."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ollama_server import OllamaServer, Status
from running import Ended, assert_fails, evaluator, findings
from small_run import judge_command, judge_server, write_predictions

CLOSED = ["sh", "-c", 'umask 077 && exec "$0" "$@"']
"""Starts a command that makes files for its user alone, as some images do."""


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    with judge_server(seconds=0) as running:
        yield running


def run(tmp_path: Path, server: OllamaServer, *more: object) -> Ended:
    """Judge a few predictions into `out`, as a user without a home and from a folder of its own."""
    for folder in ("in", "out", "tmp", "work", "home"):
        (tmp_path / folder).mkdir(mode=0o755)
    predictions = write_predictions(tmp_path / "in" / "predictions.csv")
    command = judge_command(predictions, server, tmp_path / "out")
    surroundings = {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "EVALUATOR_CACHE": "",
        "PYTHONPATH": os.environ.get("PYTHONPATH", str(Path.cwd())),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    arguments = [*command, "--knitfab", "--log-format", "json", *more]
    return evaluator(*arguments, cwd=tmp_path / "work", env=surroundings, through=CLOSED)


def warnings(ended: Ended) -> list[str]:
    lines = [json.loads(line) for line in ended.err.splitlines()]
    return [line["message"] for line in lines if line.get("level") == "warning"]


def test_a_failed_gate_ends_with_0_and_its_reason(tmp_path: Path, server: OllamaServer) -> None:
    ended = run(tmp_path, server, "--min-accuracy", 0.99)
    assert ended.code == 0, ended.err
    gate = findings(tmp_path / "out")["gate"]
    assert gate["passed"] is False
    (reason,) = gate["reasons"]
    (told,) = [one for one in warnings(ended) if one.startswith("Gate failed")]
    assert told.startswith(f"Gate failed: {reason}. Ending with 0 all the same")


def test_a_gate_that_passes_is_not_mentioned(tmp_path: Path, server: OllamaServer) -> None:
    ended = run(tmp_path, server, "--min-accuracy", 0.01)
    assert ended.code == 0, ended.err
    assert not any("Gate" in one for one in warnings(ended))


def test_too_many_unscored_cases_keep_their_code(tmp_path: Path, server: OllamaServer) -> None:
    server.faults.add(Status(code=400, after=0, times=6))
    ended = run(tmp_path, server, "--min-accuracy", 0.99)
    server.faults.clear()
    assert ended.code == 6, ended.err
    assert len(findings(tmp_path / "out")["gate"]["reasons"]) == 2


def test_only_the_output_is_written_and_all_of_it_can_be_read(
    tmp_path: Path, server: OllamaServer
) -> None:
    ended = run(tmp_path, server)
    assert ended.code == 0, ended.err
    for folder in ("work", "home"):
        assert list((tmp_path / folder).rglob("*")) == []
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["predictions.csv"]
    written = list((tmp_path / "out").rglob("*"))
    assert {"summary.json", "report.html", ".journal", "answers.jsonl"} <= {
        path.name for path in written
    }
    for path in written:
        wanted = 0o755 if path.is_dir() else 0o644
        assert path.stat().st_mode & 0o777 == wanted, path


def test_other_failures_keep_their_codes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    missing = ("--predictions", tmp_path / "none.csv", "--save-to", out)
    assert_fails(evaluator("judge", "--knitfab", *missing), 5, "none.csv")
    relative = evaluator("judge", "--knitfab", "--predictions", "p.csv", "--save-to", "out")
    assert_fails(relative, 2, "--save-to is an absolute path such as /out, not out")


def test_the_plan_of_a_run_runs(tmp_path: Path, tiny_model: Path, server: OllamaServer) -> None:
    """What `knitfab plan` prints, with folders of this machine where Knitfab mounts data."""
    configs, data, out = (tmp_path / name for name in ("configs", "data", "out"))
    for folder in (configs, data, out):
        folder.mkdir()
    (data / "articles.csv").write_text("text,label\nthe car,cars\nthe soup,cooking\n", "utf-8")
    settings = {"data": str(data / "articles.csv"), "judge": "ollama:llama3.2", "min_accuracy": 1}
    file = configs / "run.json"
    file.write_text(json.dumps(settings), "utf-8")
    shutil.copytree(tiny_model, tmp_path / "model")
    options = ["--config-file", file, "--model", tmp_path / "model", "--num-samples", 2]
    made = evaluator("knitfab", "plan", "--project", "news", *options)
    plan = yaml.safe_load(made.out)
    there = {
        "/configs": str(configs),
        "/in/model": str(tmp_path / "model"),
        "/in/data": str(data),
        "/out": str(out),
        "http://ollama:11434": server.url,
    }
    assert {one["path"] for one in [*plan["inputs"], *plan["outputs"]]} == set(list(there)[:4])
    args = plan["args"]
    for inside, outside in there.items():
        args = [word.replace(inside, outside, 1) for word in args]
    ended = evaluator(*args)
    assert ended.code == 0, ended.err
    assert findings(out)["cases"]["total"] == 2
