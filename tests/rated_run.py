"""A finished run whose judge mostly knows what is related, and ratings of it."""

import csv
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import case_lines, evaluator

GROUPS = (
    ("ships", "trains", "planes", "buses", "trams", "cars"),
    ("soup", "bread", "cheese", "cakes", "salad", "noodles"),
)
LABELS = [label for group in GROUPS for label in group]
CASES = 320

Row = dict[str, str]


def are_related(one: str, other: str) -> bool:
    """Whether people find both related."""
    return any(one in group and other in group for group in GROUPS)


def answer(text: str) -> dict[str, float]:
    """A judge that says yes with 80 % to related labels, and is unsure about cakes."""
    asked = text[text.rindex("Is ") :]
    named = [label for label in LABELS if label in asked]
    yes = 0.55 if "cakes" in named or len(named) < 2 else 0.8 if are_related(*named[:2]) else 0.2
    return {"Yes": yes, "No": 1 - yes}


def judged_run(folder: Path) -> Path:
    """Judge predictions of which some 60 % are right, and return the run directory."""
    draw = random.Random(11)
    golds = [draw.choice(LABELS) for _ in range(CASES)]
    guesses = [gold if draw.random() < 0.6 else draw.choice(LABELS) for gold in golds]
    predictions = folder / "predictions.csv"
    rows = [
        {"id": f"case-{n}", "predicted": guess, "gold": gold}
        for n, (guess, gold) in enumerate(zip(guesses, golds, strict=True))
    ]
    # The last two cases cannot be scored: nothing was predicted.
    write_table(predictions, [*rows[:-2], *({**row, "predicted": ""} for row in rows[-2:])])
    with OllamaServer(ScriptedEngine(answer), models=[ServedModel("llama3.2")]) as server:
        ended = evaluator(
            *["judge", "--predictions", predictions, "--save-to", folder / "run"],
            *["--judge", "ollama:llama3.2", "--judge-url", server.url],
        )
    assert ended.code == 0, ended.err
    return folder / "run"


def write_table(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write rows that share their keys as a CSV file."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_table(path: Path) -> list[Row]:
    """Read a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rating(predicted: str, gold: str) -> str:
    """What people say of a prediction."""
    if predicted == gold:
        return "same"
    return "related" if are_related(predicted, gold) else "unrelated"


def rate(path: Path) -> Path:
    """Fill in the ratings of a table that `evaluator agreement sample` wrote."""
    rows = read_table(path)
    return write_table(
        path, [{**row, "human": rating(row["predicted"], row["gold"])} for row in rows]
    )


def scored(run: Path) -> dict[str, dict[str, Any]]:
    """The scored cases of a run by id."""
    return {line["id"]: line for line in case_lines(run) if line["score"] is not None}
