"""A run in shards that is quick to make, and what it must share with a whole one."""

import json
import random
from pathlib import Path
from typing import Any

LABELS = ("cars", "cooking", "medicine")
WORDS = ("engine", "car", "salt", "soup", "the", "of", "and", "a", "ñandú", "鉄道")
EXACT_FILES = ("cases.jsonl", "matrix.json", "pairs.csv", "deepeval-result.json", "junit.xml")


def write_cases(path: Path, draw: random.Random, count: int) -> Path:
    """Write cases with odd ids, articles that occur several times, and empty ones."""
    articles = [" ".join(draw.choices(WORDS, k=draw.randint(1, 8))) for _ in range(count // 2 + 1)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            case_id = draw.choice(["{}", "news {}", "記事{}", "../{}"]).format(number)
            text = draw.choice([*articles, " "])
            row = {"id": case_id, "text": text, "label": draw.choice(LABELS)}
            file.write(json.dumps(row, ensure_ascii=draw.random() < 0.5) + "\n")
    return path


def content(run: Path) -> dict[str, Any]:
    """Everything in a run directory that two ways to the same run must agree on."""
    files = {name: (run / name).read_bytes() for name in EXACT_FILES if (run / name).exists()}
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    record = json.loads((run / "run.json").read_text("utf-8"))
    for spent in ("usage", "timings"):
        del summary[spent]
    for when in ("started_at", "finished_at", "timings", "merged_from"):
        del record[when]
    del record["config"]["save_to"]
    return {**files, "summary": summary, "record": record}
