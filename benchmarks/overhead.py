"""What the judge stage costs by itself: a judge that answers at once, and up to a million cases.

The silence is that between two lines of progress, which a run writes every five seconds at most
where it has no terminal, or between the last line and the end.
"""

import csv
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.commands import Cost, cost_of, evaluator
from benchmarks.figure import Figure
from evaluator.cli.progress import SECONDS_BETWEEN_LINES

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ollama_server import OllamaServer, ScriptedEngine, ServedModel

LABELS = [f"label {number}" for number in range(20)]
SIZES = (1_000, 100_000, 1_000_000)
CASES_OF_A_USUAL_RUN = 2_000
MILLISECONDS = 1_000


def measure() -> Iterator[Figure]:
    """Yield overhead a case and peak memory."""
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with (
        tempfile.TemporaryDirectory() as folder,
        OllamaServer(engine, models=[ServedModel("llama3.2")]) as server,
    ):
        usual = _judge(Path(folder), CASES_OF_A_USUAL_RUN, server.url)
        costs = {size: _judge(Path(folder), size, server.url) for size in SIZES}
    yield Figure(
        f"a case of {CASES_OF_A_USUAL_RUN:,}, start-up and some 700 questions included",
        usual.seconds / CASES_OF_A_USUAL_RUN * MILLISECONDS,
        "ms",
        "1 ms",
        1.0,
        target=1.0,
    )
    yield from _growth(costs)


def _growth(costs: Mapping[int, Cost]) -> Iterator[Figure]:
    """Yield what the most cases cost beside the fewest."""
    small, large = costs[SIZES[0]], costs[SIZES[-1]]
    yield Figure(
        f"each further case up to {SIZES[-1]:,}",
        (large.seconds - small.seconds) / (SIZES[-1] - SIZES[0]) * MILLISECONDS,
        "ms",
        "1 ms",
        1.0,
        target=1.0,
    )
    for size in SIZES[1:]:
        yield Figure(
            f"peak memory at {size:,} cases",
            costs[size].peak_mib,
            "MiB",
            f"{SIZES[0]:,} cases",
            small.peak_mib,
            target=small.peak_mib + 200,
        )
    yield Figure(
        f"most descriptors open at {SIZES[-1]:,} cases",
        float(large.descriptors),
        "open",
        f"{SIZES[0]:,} cases",
        float(small.descriptors),
        target=float(small.descriptors),
    )
    yield Figure(
        f"longest silence of the progress at {SIZES[-1]:,} cases",
        large.silence,
        "s",
        f"{SIZES[0]:,} cases",
        small.silence,
        target=2 * SECONDS_BETWEEN_LINES,
    )


def _judge(folder: Path, size: int, url: str) -> Cost:
    draw = random.Random(size)
    path = folder / f"{size}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "predicted", "gold"])
        for number in range(size):
            writer.writerow([f"case-{number}", draw.choice(LABELS), draw.choice(LABELS)])
    judge = ["--judge", "ollama:llama3.2", "--judge-url", url]
    return cost_of(*evaluator("judge", "--predictions", path, *judge, "--save-to", f"{path}.run"))
