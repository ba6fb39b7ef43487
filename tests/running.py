"""Running the command line as a user does: in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

PATIENCE = 600.0
"""Seconds after which something hangs, on a slow and busy machine too."""

COMMAND = [sys.executable, "-m", "evaluator"]
LISTENING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("evaluator", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Ended:
    """A process that ended."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings that would leak into the command.

    A judge is not calibrated unless a test asks for it: that takes thousands of questions.
    """
    kept = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    return {**kept, "COLUMNS": "100", "EVALUATOR_CALIBRATION": "none", **(extra or {})}


def _is_setting(name: str) -> bool:
    return name == "OLLAMA_HOST" or (name.startswith("EVALUATOR_") and name != "EVALUATOR_CACHE")


def evaluator(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    through: Sequence[str] = (),
) -> Ended:
    """Run the command, through another that starts it or directly, and return how it ended."""
    done = subprocess.run(
        [*through, *COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(env),
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def ended(process: "subprocess.Popen[str]") -> Ended:
    """Wait for a started process and return how it ended."""
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, out, err)


def start(*arguments: object, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start the command and return its process, which listens to Ctrl-C as in a terminal.

    A background job of a shell is born deaf to it, and so would be the processes it starts.
    """
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(env),
    )


def assert_fails(ended: Ended, code: int, *words: str) -> None:
    """Check for one sentence on standard error, nothing on standard output, no traceback."""
    last = ended.err.strip().splitlines()[-1]
    assert ended.code == code, ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert last.startswith("Error: ")
    for word in words:
        assert word in last


def findings(run_directory: Path) -> dict[str, Any]:
    """The summary without what differs between two starts of the same run."""
    summary: dict[str, Any] = json.loads((run_directory / "summary.json").read_text("utf-8"))
    del summary["usage"], summary["timings"]
    return summary


def journaled(run_directory: Path, name: str) -> list[dict[str, Any]]:
    """The records of a journal, without a torn last one."""
    path = run_directory / ".journal" / f"{name}.jsonl"
    if not path.exists():
        return []
    lines = (line.partition(b" ") for line in path.read_bytes().split(b"\n"))
    whole = (content for checksum, _, content in lines if checksum == b"%08x" % crc32(content))
    return [json.loads(content) for content in whole]


def case_lines(run_directory: Path) -> list[dict[str, Any]]:
    """The lines of `cases.jsonl`."""
    text = (run_directory / "cases.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]
