"""Starting the command line many times at the cost of one start: each time a process is forked.

The process that forks has imported everything, has a single thread and does nothing itself. What
it forks is a process of its own, which any end may meet.
"""

import gc
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from types import TracebackType

from running import Ended, environment
from system_calls import Fate, SystemCalls

from evaluator.run.settings import JudgeSettings

MODULES = (
    "evaluator.cli.judge",
    "evaluator.cli.merge",
    "evaluator.run.pipeline",
    "evaluator.backends.ollama",
    "evaluator.report.html.page",
    "evaluator.statistics.intervals",
    "scipy.stats",
    "httpx",
    "ollama",
    "pyarrow",
)
FORKING = "import sys, forked; forked.fork_as_told(sys.argv.pop(1))"


class ForkedEvaluator:
    """Starts the command line by forking, while its context lasts.

    Args:
        folder: Where the standard error of the last start is kept.
        prepared: A module that the process imports before it forks.
    """

    def __init__(self, folder: Path, prepared: str = "evaluator.cli.judge") -> None:
        self._prepared = prepared
        self._err = folder / "stderr.txt"
        self._out = folder / "stdout.txt"

    def __enter__(self) -> "ForkedEvaluator":
        """Start the process that forks."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKING, self._prepared, str(self._out), str(self._err)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.communicate()

    def __call__(
        self,
        *arguments: object,
        fate: Fate | None = None,
        env: Mapping[str, str] | None = None,
        killed_after: float | None = None,
    ) -> Ended:
        """Run the command line, for so many seconds at most if told, and return how it ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        told = {
            "words": [*map(str, arguments)],
            "fate": fate and asdict(fate),
            "env": env or {},
            "killed_after": killed_after,
        }
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Ended(code, self._out.read_text("utf-8"), self._err.read_text("utf-8"))


def fork_as_told(prepared: str) -> None:
    """Fork a command line for each line of standard input and answer with its exit code."""
    for name in (*MODULES, prepared):
        import_module(name)
    judge = import_module("evaluator.run.pipeline")
    judge.load_rubric = cache(judge.load_rubric)
    judge.load_rubric(JudgeSettings.model_fields["rubric"].default)
    gc.freeze()  # what is never collected is never copied
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if not child:
            os.environ.update(told["env"])
            _become(told["words"], told["fate"])
        if told["killed_after"] is not None:
            time.sleep(told["killed_after"])
            os.kill(child, signal.SIGKILL)  # of one that has ended it changes nothing
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(words: Sequence[str], fate: dict[str, object] | None) -> None:
    from evaluator.cli.main import main

    for path, descriptor in zip(sys.argv[1:], (1, 2), strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), descriptor)
    sys.argv = ["evaluator", *words]
    if fate is not None:
        # How many calls are made is no matter of time.
        import_module("evaluator.run.journal").COMMIT_SECONDS = math.inf
        SystemCalls(Fate(**fate))  # type: ignore[arg-type]
    code = 70
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
