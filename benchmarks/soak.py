"""One process that evaluates for twenty minutes, before a server that keeps failing.

Run follows run, of predictions made elsewhere and of articles that a small model classifies. A
server in a process of its own resets, hangs, drips, floods, answers nonsense, refuses and dies at
random; every third run or so is interrupted at random instants as well. Each run is started again
until every case is scored. It must then have found what the first run found, before any fault, and
have kept each answer once. What the process holds is sampled after every run: in the end it may
hold no more than it did after the first minutes.
"""

import json
import logging
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.commands import MEBIBYTE
from benchmarks.failing_server import MODEL, FailingServer, failing_server
from benchmarks.figure import Figure
from benchmarks.streaming import LABELS as CLASSES
from benchmarks.streaming import tiny_classifier
from evaluator.errors import JudgeUnavailable
from evaluator.run.pipeline import Finished, judge_predictions, run_evaluation
from evaluator.run.progress import Advance
from evaluator.run.settings import JudgeSettings, RunSettings

MINUTES = 20.0
PREDICTED = ("ships", "trains", "planes", "buses", "bicycles", "trams", "canoes")
CASES = 200
TIMEOUT = 1.0
SHARE_OF_INTERRUPTED_RUNS = 1 / 3
LONGEST_UNTIL_INTERRUPTED = 60
MORE_THAN_ENOUGH_STARTS = 100
STATUS = Path("/proc/self")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Interrupted(BaseException):
    """Ends a start at some instant, and nothing in it may catch that."""


class InterruptingProgress:
    """Shows nothing, and ends a start after so many steps.

    Args:
        steps: How many; None lets it end by itself.
    """

    def __init__(self, steps: int | None) -> None:
        self._left = steps
        self._lock = threading.Lock()

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        """Count the steps of a stage."""
        return self._stage()

    @contextmanager
    def _stage(self) -> Iterator[Advance]:
        yield self._step

    def _step(self, count: int) -> None:
        if self._left is None:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                raise Interrupted


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds at an instant."""

    mib: float
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> "Held":
        """Return what it holds now."""
        resident = int((STATUS / "statm").read_text().split()[1])
        descriptors = len(list((STATUS / "fd").iterdir())) - 1  # one reads the list
        threads = len(list((STATUS / "task").iterdir()))
        return cls(resident * PAGE / MEBIBYTE, descriptors, threads)


@dataclass(slots=True)
class Soaked:
    """What came of the runs so far."""

    runs: int = 0
    starts: int = 0
    interruptions: int = 0
    judge_lost: int = 0
    answers: int = 0
    found_otherwise: int = 0
    kept_twice: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)


Start = Callable[[Path, InterruptingProgress, int], Finished]
"""Starts a run in a directory, with so many retries."""


def measure(minutes: float = MINUTES) -> Iterator[Figure | str]:
    """Yield what the process held in the end against the beginning, and what it went through."""
    logging.getLogger("evaluator").setLevel(logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, failing_server() as server:
        soaked = _soaked(Path(name), server, began + minutes * 60)
    yield from _figures(soaked)
    hours = (time.monotonic() - began) / 3_600
    struck = sum(soaked.struck.values())
    yield (
        f"- {hours:.2f} hours: {soaked.runs:,} runs of {soaked.starts:,} starts, of which "
        f"{soaked.interruptions:,} were interrupted and {soaked.judge_lost:,} lost their judge; "
        f"{soaked.answers:,} answers kept; {struck:,} faults struck: "
        + ", ".join(f"{kind} {times:,}" for kind, times in sorted(soaked.struck.items()))
        + "."
    )
    yield (
        f"- Runs that found anything else than the undisturbed one: {soaked.found_otherwise}; "
        f"answers kept twice: {soaked.kept_twice}."
    )


def _soaked(folder: Path, server: FailingServer, end: float) -> Soaked:
    starts = (_judging(folder, server.url), _running(folder, server.url))
    undisturbed = []
    for start in starts:  # before any fault
        start(folder / "run", InterruptingProgress(None), 0)
        undisturbed.append(_findings(folder / "run"))
        shutil.rmtree(folder / "run")
    soaked, draw = Soaked(), random.Random(1)
    while time.monotonic() < end:
        turn = soaked.runs % len(starts)
        soaked.struck = server.fail_anew(soaked.runs)
        _insist(starts[turn], folder / "run", draw, soaked)
        soaked.found_otherwise += _findings(folder / "run") != undisturbed[turn]
        kept = _kept_answers(folder / "run")
        soaked.answers += len(kept)
        soaked.kept_twice += len(kept) - len(set(kept))
        shutil.rmtree(folder / "run")
        soaked.runs += 1
        soaked.held.append(Held.now())
    return soaked


def _insist(start: Start, save_to: Path, draw: random.Random, soaked: Soaked) -> None:
    """Start a run until every case is scored."""
    interrupted = draw.random() < SHARE_OF_INTERRUPTED_RUNS
    for _ in range(MORE_THAN_ENOUGH_STARTS):
        soaked.starts += 1
        steps = draw.randint(1, LONGEST_UNTIL_INTERRUPTED) if interrupted else None
        try:
            finished = start(save_to, InterruptingProgress(steps), draw.randint(0, 1))
        except Interrupted:
            soaked.interruptions += 1
            interrupted = draw.random() < 0.5
        except JudgeUnavailable:
            soaked.judge_lost += 1
        else:
            if finished.summary.cases.unscored == 0:
                return
    raise RuntimeError(f"a run was not done after {MORE_THAN_ENOUGH_STARTS} starts")


def _judging(folder: Path, url: str) -> Start:
    draw = random.Random(7)
    rows = [f"{n},{draw.choice(PREDICTED)},{draw.choice(PREDICTED)}" for n in range(CASES)]
    path = folder / "predictions.csv"
    path.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")

    def start(save_to: Path, progress: InterruptingProgress, retries: int) -> Finished:
        told = {"predictions": path, "save_to": save_to, **_judge(url, retries)}
        return judge_predictions(JudgeSettings.model_validate(told), progress, _ignored)

    return start


def _running(folder: Path, url: str) -> Start:
    draw = random.Random(8)
    model = tiny_classifier(folder / "model")
    rows = [{"text": f"article {n}", "label": draw.choice(CLASSES)} for n in range(CASES)]
    path = folder / "cases.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def start(save_to: Path, progress: InterruptingProgress, retries: int) -> Finished:
        told = {"data": path, "model_path": model, "save_to": save_to, **_judge(url, retries)}
        return run_evaluation(RunSettings.model_validate(told), progress, _ignored)

    return start


def _judge(url: str, retries: int) -> dict[str, Any]:
    patience = {"timeout": TIMEOUT, "retries": retries}
    return {
        "judge": f"ollama:{MODEL}",
        "judge_url": url,
        "calibration": "none",
        "max_unscored": 1,
        **patience,
    }


def _ignored(*step: object) -> None:
    pass


def _findings(save_to: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((save_to / "summary.json").read_text("utf-8"))
    del summary["usage"], summary["timings"]
    return summary


def _kept_answers(save_to: Path) -> Sequence[str]:
    """Return the questions whose answers are in the journal, as often as they are there."""
    lines = (save_to / ".journal" / "answers.jsonl").read_bytes().splitlines()
    answers = (json.loads(line.partition(b" ")[2]) for line in lines)
    return [json.dumps(answer["question"], sort_keys=True) for answer in answers]


def _figures(soaked: Soaked) -> Iterator[Figure]:
    """Yield what was held in the last fifth of the runs against the second one."""
    fifth = max(1, len(soaked.held) // 5)
    early, late = soaked.held[fifth : 2 * fifth] or soaked.held, soaked.held[-fifth:]
    measured = (
        ("resident memory", "MiB", lambda one: one.mib, 1.1),
        ("open descriptors", "open", lambda one: float(one.descriptors), 1.0),
        ("threads", "alive", lambda one: float(one.threads), 1.0),
    )
    for name, unit, of, most in measured:
        before = statistics.median(map(of, early))
        yield Figure(
            f"{name}, median of the last fifth of {len(soaked.held):,} runs",
            statistics.median(map(of, late)),
            unit,
            "the second fifth",
            before,
            target=most * before,
        )
