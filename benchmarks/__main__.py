"""`python -m benchmarks [--save] [--all] [NAME…]` measures and prints Markdown tables.

With `--save` the figures are also written to `results/NAME.json`, of which `docs/benchmarks.md` is
made. Where nothing is named, all run that take a few minutes at most, with `--all` the others too.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module

from benchmarks.results import results_of, save
from benchmarks.table import Row, header, line, shown

QUICK = (
    "start_up",
    "embedded_judge",
    "overhead",
    "deepeval_overhead",
    "streaming",
    "judge_quality",
    "numeric_type",
    "scale",
    "coverage",
)
"""What runs where none is named: seconds to a few minutes each, on two processors."""

LONG = {
    "report_page": "needs a browser",
    "robustness": "5 minutes of a processor",
    "saturation": "7 minutes",
    "classifier": "7 minutes, BENCH_BPE",
    "cost": "a quarter of an hour",
    "articles": "a quarter of an hour",
    "question_forms": "24 minutes of a processor",
    "soak": "20 minutes",
    "determinism": "longer",
    "verdicts": "longer",
    "quality": "longest, unless answers are kept from before",
}
"""What runs with `--all` besides, and how long it takes or what it needs."""

SAVE, ALL = "--save", "--all"


def main() -> None:
    """Run one benchmark here, or each of several in a process of its own.

    A process's memory counts against the programs it starts, so a benchmark that loads a model
    must not run beside one that measures memory.
    """
    given = sys.argv[1:]
    flags = [SAVE] if SAVE in given else []
    names = [one for one in given if one not in (SAVE, ALL)] or list(QUICK)
    if ALL in given:
        names += LONG
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
