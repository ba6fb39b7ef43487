"""The product itself, run as a user runs it, on pairs of words."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from benchmarks.pair_sets import PairSet
from evaluator.cli.main import cli


def ours(pairs: PairSet, flags: Sequence[object], save_to: Path) -> tuple[float | None, ...]:
    """Return P(related) of pairs, judged as predictions and gold labels; None without an answer.

    Args:
        pairs: The pairs; all of their words together are the label set.
        flags: How to judge, as for the command line.
        save_to: The run directory.

    Raises:
        EvaluatorError: The command failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        predictions, labels = Path(folder, "predictions.csv"), Path(folder, "labels.txt")
        write_predictions(predictions, pairs.pairs)
        labels.write_text("\n".join(pairs.words), "utf-8")
        files = ("--predictions", predictions, "--labels", labels, "--save-to", save_to)
        _evaluator_here("judge", *files, *flags)
    found = p_related(save_to / "pairs.csv")
    return tuple(found.get(frozenset(pair)) for pair in pairs.pairs)


def evaluator(*arguments: object, environment: Mapping[str, str] | None = None) -> None:
    """Run the command line, with some further environment variables.

    Raises:
        RuntimeError: It failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "evaluator", *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {done.returncode}: {done.stderr[-500:]}")


def _evaluator_here(*arguments: object) -> None:
    """Run the command line in this process, which saves hundreds of runs their start-up.

    Raises:
        EvaluatorError: It failed.
    """
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        code = cli.main([*map(str, arguments)], standalone_mode=False)
    assert not code, f"evaluator ended with {code}"


def write_predictions(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write pairs as predictions with their gold labels."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "predicted", "gold"])
        writer.writerows((f"case-{number}", *pair) for number, pair in enumerate(pairs))


def questions_of(save_to: Path) -> tuple[int, int]:
    """Return how many questions a run put to its judge, and how many it already knew."""
    usage = json.loads((save_to / "summary.json").read_text("utf-8"))["usage"]
    return usage["calls"], usage["cached"]


def p_related(pairs_file: Path) -> dict[frozenset[str], float]:
    """Return the probabilities of a run's `pairs.csv` by pair of labels."""
    with pairs_file.open(encoding="utf-8", newline="") as file:
        return {
            frozenset((row["predicted"], row["gold"])): float(row["p_related"])
            for row in csv.DictReader(file)
            if row["p_related"]
        }
