"""Running the command line and measuring the process."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

MEBIBYTE = 1 << 20
KIBIBYTES_A_MEBIBYTE = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost.

    Attributes:
        seconds: Wall time from start to end.
        peak_mib: Largest resident memory, in MiB.
    """

    seconds: float
    peak_mib: float


def cost_of(*arguments: object) -> Cost:
    """Run Python with arguments and return its cost.

    Raises:
        RuntimeError: The process failed.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {process.returncode}: {said[-500:]}")
    unit = MEBIBYTE if sys.platform == "darwin" else KIBIBYTES_A_MEBIBYTE
    return Cost(time.monotonic() - started, usage.ru_maxrss / unit)


def fastest(times: int, *arguments: object) -> Cost:
    """Return the quickest of several runs, the one least disturbed by the machine."""
    return min((cost_of(*arguments) for _ in range(times)), key=lambda cost: cost.seconds)


def evaluator(*arguments: object) -> Sequence[object]:
    """Return the Python arguments that run the command line."""
    return ["-m", "evaluator", *arguments]
