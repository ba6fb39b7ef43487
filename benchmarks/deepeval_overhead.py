"""What a case costs by itself where the judge answers at once, ours against DeepEval's.

Ours is `evaluator judge` from its start to its end, before a server in a process of its own.
DeepEval evaluates with GEval, whose model is a function that returns a score; loading DeepEval does
not count, and of its two ways, one case after the other and all at once, the quicker counts. Ours
and DeepEval take turns, and of each the turn that the machine disturbed least counts.
"""

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.geval import PYTHON, QUIET, deepeval_version, geval_note
from benchmarks.ours import evaluator, write_predictions
from benchmarks.scripted_server import MODEL, scripted_server

PROGRAM = Path(__file__).parent / "peers" / "instant_geval.py"
LABELS = [f"label {number}" for number in range(20)]
QUESTIONS = len(LABELS) * (len(LABELS) - 1)
CASES, THEIR_CASES = 2_000, 100
SLOTS = 8
TURNS = 3
MILLISECONDS = 1_000
TARGET = 1.0


def measure() -> Iterator[Figure | str]:
    """Yield our time a case beside theirs.

    Raises:
        RuntimeError: DeepEval is not installed, or failed.
    """
    if deepeval_version() is None:
        raise RuntimeError(geval_note())
    turns = [(_ours(), _deepeval()) for _ in range(TURNS)]
    ours, theirs = map(min, zip(*turns, strict=True))
    yield Figure(
        f"a case of {CASES:,}, start-up and {QUESTIONS} questions included",
        ours / CASES * MILLISECONDS,
        "ms",
        f"DeepEval, a case of {THEIR_CASES}",
        theirs / THEIR_CASES * MILLISECONDS,
        TARGET,
    )
    yield geval_note()


def _ours() -> float:
    draw = random.Random(CASES)
    cases = [(draw.choice(LABELS), draw.choice(LABELS)) for _ in range(CASES)]
    with tempfile.TemporaryDirectory() as folder, scripted_server(SLOTS, 0) as url:
        predictions = Path(folder) / "predictions.csv"
        write_predictions(predictions, cases)
        judge = ("--judge", f"ollama:{MODEL}@{url}", "--calibration", "none")
        began = time.monotonic()
        evaluator("judge", "--predictions", predictions, *judge, "--save-to", Path(folder) / "run")
        return time.monotonic() - began


def _deepeval() -> float:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [PYTHON, PROGRAM, str(THEIR_CASES)],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, **QUIET, "PYTHONPATH": ""},
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"DeepEval ended with {done.returncode}: {done.stderr[-500:]}")
    return float(done.stdout.splitlines()[-1])
