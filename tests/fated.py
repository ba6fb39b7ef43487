"""Starting the command line as a process that ends or waits at a system call of a test's choice."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from running import environment
from small_run import wait_until
from system_calls import Fate

FATED = """
import json, runpy, sys
from system_calls import Fate, SystemCalls
SystemCalls(Fate(**json.loads(sys.argv.pop(1))))
runpy.run_module("evaluator", run_name="__main__", alter_sys=True)
"""


def start_fated(fate: Fate, *arguments: object) -> "subprocess.Popen[str]":
    """Start the command and return its process."""
    return subprocess.Popen(
        [sys.executable, "-c", FATED, json.dumps(asdict(fate)), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def start_held_in_cases(
    command: list[object], save_to: Path, go_on: Path
) -> "subprocess.Popen[str]":
    """Start a run and return its process when `cases.jsonl` lies there under its first name.

    It goes on when the file `go_on` is there.
    """
    # The first call on the file makes it, the second is to force it to the disk.
    fate = Fate(str(save_to), 1, "held", after=str(go_on), name=".cases.jsonl.")
    process = start_fated(fate, *command)
    wait_until(lambda: list(save_to.glob(".cases.jsonl.*")), process)
    return process
