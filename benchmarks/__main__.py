"""`python -m benchmarks [NAME…]` measures and prints a Markdown table."""

import subprocess
import sys
from importlib import import_module

from benchmarks.figure import HEADER

BENCHMARKS = (
    "start_up",
    "embedded_judge",
    "overhead",
    "streaming",
    "judge_quality",
    "numeric_type",
)
"""What runs where none is named: not `question_forms` and `coverage`, which take minutes."""


def main() -> None:
    """Run one benchmark here, or each of several in a process of its own.

    A process's memory counts against the programs it starts, so a benchmark that loads a model
    must not run beside one that measures memory.
    """
    names = sys.argv[1:] or list(BENCHMARKS)
    if len(names) == 1:
        for figure in import_module(f"benchmarks.{names[0]}").measure():
            print(figure, flush=True)
        return
    print(HEADER, flush=True)
    for name in names:
        subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)


if __name__ == "__main__":
    main()
