"""`python -m benchmarks [NAME…]` measures and prints a Markdown table."""

import sys
from collections.abc import Callable, Iterable

from benchmarks import embedded_judge, overhead, start_up
from benchmarks.figure import HEADER, Figure

BENCHMARKS: dict[str, Callable[[], Iterable[Figure]]] = {
    "start_up": start_up.measure,
    "embedded_judge": embedded_judge.measure,
    "overhead": overhead.measure,
}


def main() -> None:
    """Run the named benchmarks, or all."""
    print(HEADER)
    for name in sys.argv[1:] or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(figure, flush=True)


if __name__ == "__main__":
    main()
