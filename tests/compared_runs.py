"""Finished runs on the same cases, judged by the same verdicts: of one model and of others."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from rated_run import LABELS, Row, answer, write_table
from running import evaluator

CASES = 240
Change = Callable[[Row, random.Random], Row]


def prediction_rows(right: float = 0.6, cases: int = CASES) -> list[Row]:
    """Predictions with articles, of which so large a share is right."""
    draw = random.Random(11)
    rows = []
    for number in range(cases):
        gold = draw.choice(LABELS)
        guess = gold if draw.random() < right else draw.choice(LABELS)
        rows.append(
            {"id": f"case-{number}", "predicted": guess, "gold": gold, "text": f"t{number}"}
        )
    return rows


def better_rows(rows: Sequence[Row], mended: float = 0.5) -> list[Row]:
    """The same cases by a model that gets some more of them right."""
    draw = random.Random(5)
    return [
        {**row, "predicted": row["gold"] if draw.random() < mended else row["predicted"]}
        for row in rows
    ]


def judged(rows: Sequence[Row], save_to: Path, *arguments: object) -> Path:
    """Judge predictions, by a server where no stored matrix is named; return the run directory."""
    save_to.parent.mkdir(parents=True, exist_ok=True)
    table = write_table(save_to.with_suffix(".csv"), rows)
    command = ["judge", "--predictions", table, "--save-to", save_to, *arguments]
    if "--matrix" in arguments:
        ended = evaluator(*command)
    else:
        with OllamaServer(ScriptedEngine(answer), models=[ServedModel("llama3.2")]) as server:
            ended = evaluator(*command, "--judge", "ollama:llama3.2", "--judge-url", server.url)
    assert ended.code == 0, ended.err
    return save_to


def judged_by_the_same(rows: Sequence[Row], save_to: Path, first: Path) -> Path:
    """Judge predictions by the verdicts of an earlier run."""
    return judged(rows, save_to, "--matrix", first / "matrix.json")
