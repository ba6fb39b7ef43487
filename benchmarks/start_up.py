"""How long `evaluator --help` takes, against Python doing nothing."""

from collections.abc import Iterator

from benchmarks.commands import evaluator, fastest
from benchmarks.figure import Figure

TIMES = 7


def measure() -> Iterator[Figure]:
    """Yield the start-up time."""
    bare = fastest(TIMES, "-c", "pass")
    help_page = fastest(TIMES, *evaluator("--help"))
    yield Figure(
        "`evaluator --help`",
        help_page.seconds,
        "s",
        "bare Python",
        bare.seconds,
        target=0.3,
    )
