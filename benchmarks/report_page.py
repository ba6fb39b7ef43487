"""How long `report.html` of 10,000 cases takes to build and to open, and what it weighs."""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from browsing import started_browser
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import evaluator

CASES = 10_000
LABELS = tuple(f"topic {number}" for number in range(20))
RIGHT = 0.7
TIMES = 5
MEBIBYTE = 1 << 20


def measure() -> Iterator[Figure]:
    """Yield building, size and opening, each beside what it cannot be less than."""
    with tempfile.TemporaryDirectory() as name:
        run = _judged(Path(name))
        page, cases = run / "report.html", run / "cases.jsonl"
        yield Figure(
            f"building `report.html` of {CASES:,} cases",
            min(_seconds_to_build(run) for _ in range(TIMES)),
            "s",
            "reading the cases and the matrix",
            min(_seconds_to_read(run) for _ in range(TIMES)),
            target=3,
        )
        yield Figure(
            "its size",
            page.stat().st_size / MEBIBYTE,
            "MiB",
            "cases.jsonl",
            cases.stat().st_size / MEBIBYTE,
            target=5,
        )
        empty = Path(name) / "empty.html"
        empty.write_text("<!doctype html><title>empty</title><p>empty</p>", "utf-8")
        yield Figure(
            "opening it and sorting its cases",
            min(_seconds_to_sort(page) for _ in range(TIMES)),
            "s",
            "opening an empty page",
            min(_seconds_to_open(empty) for _ in range(TIMES)),
            target=1.5,
        )


def _judged(folder: Path) -> Path:
    draw = random.Random(0)
    words = [f"{one}{two}{three}" for one in "bdfgk" for two in "aeiou" for three in "lmnrst"]
    predictions = folder / "predictions.jsonl"
    with predictions.open("w", encoding="utf-8") as file:
        for number in range(CASES):
            gold = draw.choice(LABELS)
            predicted = gold if draw.random() < RIGHT else draw.choice(LABELS)
            text = " ".join(draw.choices(words, k=200))
            case = {"id": number, "gold": gold, "predicted": predicted, "text": text}
            file.write(json.dumps({**case, "confidence": draw.random()}) + "\n")
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        ended = evaluator(
            *["judge", "--predictions", predictions, "--save-to", folder / "run"],
            *["--judge", "ollama:llama3.2", "--judge-url", server.url],
            *["--text-column", "text", "--confidence-column", "confidence"],
        )
    if ended.code != 0:
        raise RuntimeError(ended.err)
    return folder / "run"


def _seconds_to_build(run: Path) -> float:
    from evaluator.run.finished import read_finished
    from evaluator.run.rendering import html_of

    started = time.perf_counter()
    html_of(read_finished(run))
    return time.perf_counter() - started


def _seconds_to_read(run: Path) -> float:
    from evaluator.run.finished import read_finished

    started = time.perf_counter()
    for _ in read_finished(run).cases():
        pass
    return time.perf_counter() - started


def _seconds_to_open(page: Path) -> float:
    with started_browser() as browser:
        tab = browser.new_page()
        started = time.perf_counter()
        tab.goto(page.as_uri())
        return time.perf_counter() - started


def _seconds_to_sort(page: Path) -> float:
    """Return the time from the address to 50 cases that a click has sorted."""
    with started_browser() as browser:
        tab = browser.new_page()
        started = time.perf_counter()
        tab.goto(page.as_uri(), wait_until="commit")
        tab.get_by_role("button", name="confidence").click()
        shown = tab.locator("#cases td[data-name='confidence']").all_inner_texts()
        seconds = time.perf_counter() - started
        if shown != sorted(shown) or not shown:
            raise RuntimeError("the cases were not sorted")
        return seconds
