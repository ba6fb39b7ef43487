"""Running the command line and measuring the process."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Thread

MEBIBYTE = 1 << 20
KIBIBYTES_A_MEBIBYTE = 1024
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost.

    Attributes:
        seconds: Wall time from start to end.
        peak_mib: Largest resident memory, in MiB.
        descriptors: Most descriptors seen open at a time; 0 where the system does not tell.
        silence: Seconds between two lines of its progress, or the last one and its end, at most.
    """

    seconds: float
    peak_mib: float
    descriptors: int
    silence: float


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
    said: list[str] = []
    heard_at: list[float] = []
    listening = Thread(target=_listen, args=(process, said, heard_at))
    listening.start()
    descriptors = 0
    while listening.is_alive():
        listening.join(SECONDS_BETWEEN_LOOKS)
        descriptors = max(descriptors, _open_descriptors(process.pid))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {process.returncode}: {said[-5:]}")
    unit = MEBIBYTE if sys.platform == "darwin" else KIBIBYTES_A_MEBIBYTE
    ended = time.monotonic()
    silence = max((after - before for before, after in pairwise([*heard_at, ended])), default=0.0)
    return Cost(ended - started, usage.ru_maxrss / unit, descriptors, silence)


def _listen(process: "subprocess.Popen[str]", said: list[str], heard_at: list[float]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        heard_at.append(time.monotonic())


def _open_descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:  # it has just ended, or this is no Linux
        return 0


def fastest(times: int, *arguments: object) -> Cost:
    """Return the quickest of several runs, the one least disturbed by the machine."""
    return min((cost_of(*arguments) for _ in range(times)), key=lambda cost: cost.seconds)


def evaluator(*arguments: object) -> Sequence[object]:
    """Return the Python arguments that run the command line."""
    return ["-m", "evaluator", *arguments]
