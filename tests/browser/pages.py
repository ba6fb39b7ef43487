"""Runs whose pages are opened: an ordinary one of many cases, and one full of hostile text."""

import csv
import json
import random
from pathlib import Path

from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from playwright.sync_api import Locator, Page
from running import evaluator

SIZE = 400
LABELS = ("ships", "trains", "planes", "soup", "bread", "cheese")
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 2</script>",
    '"><img src=x onerror="window.hacked = 3">',
    "<svg onload=window.hacked=4>",
    "<!--<script>window.hacked = 5</script>",
    "javascript:window.hacked=6",
    "{{ 7 * 7 }}${window.hacked=7}\u2028window.hacked=8",
)


def ordinary_run(folder: Path, size: int) -> Path:
    """Judge so many predictions, of which two thirds are right; one in fifty is missing."""
    draw = random.Random(size)
    rows = []
    for number in range(size):
        gold = draw.choice(LABELS)
        guess = gold if draw.random() < 2 / 3 else draw.choice(LABELS)
        text = f"article {number} about {gold} " + " ".join(draw.choices(LABELS, k=30))
        row = {"id": f"case-{number}", "gold": gold, "text": text, "confidence": draw.random()}
        rows.append({**row, "predicted": "" if number % 50 == 49 else guess})
    return _judged(folder, rows)


def hostile_run(folder: Path) -> Path:
    """Judge predictions whose ids, labels, texts and articles all want to run a script."""
    rows: list[dict[str, object]] = []
    for number, text in enumerate(HOSTILE):
        other = HOSTILE[(number + 1) % len(HOSTILE)]
        for predicted in (text, other, f"{other} or so"):
            case = f"{len(rows)} {text}"
            row = {"id": case, "gold": text, "predicted": predicted, "confidence": 0.5}
            rows.append({**row, "text": f"{text} {other} & more"})
    return _judged(folder, rows)


def talkative_run(folder: Path, size: int) -> Path:
    """Judge so many predictions, of which half are labels and half are texts, all different."""
    draw = random.Random(size)
    rows: list[dict[str, object]] = []
    for number in range(size):
        row = {"id": f"case-{number}", "gold": draw.choice(LABELS), "text": "", "confidence": 0.5}
        said = draw.choice(LABELS) if number % 2 else f"{draw.choice(LABELS)}, item {number}"
        rows.append({**row, "predicted": said})
    return _judged(folder, rows)


def _judged(folder: Path, rows: list[dict[str, object]]) -> Path:
    folder.mkdir()
    predictions = folder / "predictions.csv"
    with predictions.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with OllamaServer(ScriptedEngine(_answer), models=[ServedModel("llama3.2")]) as server:
        ended = evaluator(
            *["judge", "--predictions", predictions, "--save-to", folder / "run"],
            *["--judge", "ollama:llama3.2", "--judge-url", server.url],
            *["--text-column", "text", "--confidence-column", "confidence"],
            *["--max-unscored", "1", "--explain", "failures"],
        )
    assert ended.code == 0, ended.err
    return folder / "run"


def _answer(text: str) -> dict[str, float]:
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}


def shown_cases(run: Path) -> list[dict[str, object]]:
    """The cases of a run, as its file has them."""
    lines = (run / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def column(page: Page, name: str) -> list[str]:
    return page.locator(f"#cases td[data-name='{name}']").all_inner_texts()


def count(page: Page) -> Locator:
    return page.locator("#cases [role=status]")
