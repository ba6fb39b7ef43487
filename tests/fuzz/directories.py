"""Run directories that others made or changed, read by the commands that come after a run."""

import io
import json
import tempfile
from functools import cache
from pathlib import Path

from rich.console import Console

from evaluator.report.reasons import ExplainedPair, Reasons, ReasonsUsage
from evaluator.report.terminal import print_summary
from evaluator.run.agreeing import compare_with_people
from evaluator.run.comparing import compare_runs
from evaluator.run.finished import CASES_FILE, MATRIX_FILE, REASONS_FILE, RUN_FILE, SUMMARY_FILE
from evaluator.run.rendering import render
from fuzz.promise import damaged, split, written
from fuzz.shards import merged

FILES = (RUN_FILE, CASES_FILE, MATRIX_FILE, SUMMARY_FILE, REASONS_FILE)
REASONS = Reasons(
    explain="all",
    reasons=(
        ExplainedPair(
            predicted="cooking", gold="cars", p_related=0.5, reason="No.", contradicts=False
        ),
    ),
    missing=0,
    usage=ReasonsUsage(calls=1, prompt_tokens=1, generated_tokens=1),
)
RATINGS = b"id,human\ncase 0,same\ncase 1,unrelated\ncase 2,related\n"


@cache
def _healthy() -> dict[str, bytes]:
    """Return the files of a finished run by their names."""
    with tempfile.TemporaryDirectory() as named:
        run = merged(Path(named))
        found = {name: (run / name).read_bytes() for name in FILES if (run / name).exists()}
    return {REASONS_FILE: REASONS.model_dump_json().encode(), **found}


def run_directory(data: bytes, folder: Path) -> None:
    """A finished run of which one file says something else, as each later command reads it."""
    choice, content = split(data, 32)
    files, name = dict(_healthy()), FILES[(choice >> 2) % len(FILES)]
    if name == CASES_FILE:
        first, *others = files[name].splitlines(keepends=True)
        files[name] = damaged(json.loads(first), content) + b"\n" + b"".join(others)
    else:
        files[name] = damaged(json.loads(files[name]), content)
    for place, held in (("changed", files), ("whole", _healthy())):
        (folder / place).mkdir()
        for other, said in held.items():
            written(folder / place, other, said)
    run = folder / "changed"
    if choice & 3 == 0:
        compare_runs([run, folder / "whole"], seed=1)
    elif choice & 3 == 1:
        compare_with_people(run, written(folder, "ratings.csv", RATINGS), None, seed=1)
    else:
        rendered = render(run, [folder / f"report{suffix}" for suffix in (".html", ".md", ".xml")])
        print_summary(rendered.summary, Console(file=io.StringIO()))
