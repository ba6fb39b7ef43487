"""`python -m benchmarks [--save] [NAME…]` measures and prints Markdown tables.

With `--save` the figures are also written to `results/NAME.json`, of which `docs/benchmarks.md` is
made.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module

from benchmarks.results import results_of, save
from benchmarks.table import Row, header, line, shown

BENCHMARKS = (
    "start_up",
    "embedded_judge",
    "overhead",
    "streaming",
    "judge_quality",
    "numeric_type",
)
"""What runs where none is named: not those that take minutes."""

SAVE = "--save"


def main() -> None:
    """Run one benchmark here, or each of several in a process of its own.

    A process's memory counts against the programs it starts, so a benchmark that loads a model
    must not run beside one that measures memory.
    """
    given = sys.argv[1:]
    flags = [SAVE] if SAVE in given else []
    names = [one for one in given if one != SAVE] or list(BENCHMARKS)
    if len(names) > 1:
        for name in names:
            print(f"\n{name}\n", flush=True)
            subprocess.run([sys.executable, "-m", "benchmarks", name, *flags], check=True)
        return
    results = results_of(names[0], _printed(import_module(f"benchmarks.{names[0]}").measure()))
    if flags:
        save(results)


def _printed(measured: Iterable[Row | str]) -> Iterator[Row | str]:
    """Yield what a benchmark yields, printed as soon as it is there."""
    columns: tuple[str, ...] | None = None
    for one in measured:
        if isinstance(one, str):
            print(one, flush=True)
        else:
            if tuple(one.cells) != columns:
                columns = tuple(one.cells)
                print("", *header(columns), sep="\n")
            print(line(tuple(map(shown, one.cells.values()))), flush=True)
        yield one


if __name__ == "__main__":
    main()
