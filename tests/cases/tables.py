"""Small tables of each format, as they are written and read."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from evaluator.cases.table import Table
from evaluator.errors import DataUnusable

Pair = tuple[str, str]


def write_csv(folder: Path, rows: Sequence[Pair]) -> Path:
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([("text", "label"), *rows])
    return path


def write_jsonl(folder: Path, rows: Sequence[Pair]) -> Path:
    path = folder / "table.jsonl"
    lines = (json.dumps({"text": text, "label": label}) for text, label in rows)
    path.write_text("\n".join(lines), "utf-8")
    return path


def write_raw_jsonl(folder: Path, rows: Sequence[Pair]) -> Path:
    """JSON whose strings hold every character that JSON does not force to be escaped."""
    path = folder / "table.ndjson"
    lines = (json.dumps({"text": t, "label": b}, ensure_ascii=False) for t, b in rows)
    path.write_bytes("\n".join(lines).encode())
    return path


def write_parquet(folder: Path, rows: Sequence[Pair]) -> Path:
    path = folder / "table.parquet"
    columns = {"text": [text for text, _ in rows], "label": [label for _, label in rows]}
    parquet.write_table(pyarrow.table(columns), path)
    return path


def values(path: Path, *columns: str | None) -> list[tuple[str | None, ...]]:
    return [row.values for row in Table(path).rows(columns)]


def complaint(path: Path, *columns: str) -> str:
    with pytest.raises(DataUnusable) as caught:
        values(path, *columns)
    return str(caught.value)
