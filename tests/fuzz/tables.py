"""Tables and folders of articles, predictions, ratings and overrides, packed or not."""

import gzip
from contextlib import suppress
from pathlib import Path

from backports import zstd

from evaluator.cases.file import FileCases
from evaluator.cases.folder import FolderCases
from evaluator.classifier.recorded import RecordedPredictions
from evaluator.judge.labels import labels_from_names
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.human_labels import read_human_labels
from evaluator.run.overriding import read_overrides
from fuzz.promise import split, written

LEVELS = load_rubric("category-relevance").levels
LABELS = labels_from_names(["cars", "cooking", "medicine"])


def _read(path: Path, reader: int) -> None:
    if reader == 0:
        for case in FileCases(path):
            assert case.gold.strip() and case.id
            case.text.encode()
    elif reader == 1:
        for prediction in RecordedPredictions(path):
            assert prediction.gold
    elif reader == 2:
        read_human_labels(path, LEVELS)
    else:
        read_overrides(path, LABELS)


def csv(data: bytes, folder: Path) -> None:
    reader, content = split(data, 4)
    _read(written(folder, "table.csv", content), reader)


def jsonl(data: bytes, folder: Path) -> None:
    reader, content = split(data, 4)
    _read(written(folder, "table.jsonl", content), reader)


def packed(data: bytes, folder: Path) -> None:
    """A packed table: as it is, or its content packed before it is damaged at one place."""
    form, content = split(data, 8)
    suffix = (".gz", ".zst")[form % 2]
    if form >= 4:
        place, content = split(content, 256)
        whole = (gzip.compress if suffix == ".gz" else zstd.compress)(content)
        content = whole[:place] + bytes([place]) + whole[place + 1 :]
    _read(written(folder, f"table.{('csv', 'jsonl')[form // 2 % 2]}{suffix}", content), 0)


def parquet(data: bytes, folder: Path) -> None:
    reader, content = split(data, 4)
    _read(written(folder, "table.parquet", content), reader)


def names(data: bytes, folder: Path) -> None:
    """A folder whose names are the input, a file for each line."""
    root = folder / "articles"
    for line in data.split(b"\n")[:20]:
        category, _, name = line.partition(b"/")
        with suppress(OSError, ValueError):  # no such name can be
            path = Path(str(root)) / category.decode("utf-8", "surrogateescape").replace("..", "")
            path.mkdir(parents=True, exist_ok=True)
            (path / name.decode("utf-8", "surrogateescape").replace("/", "")).write_bytes(line)
    for case in FolderCases(root):
        case.id.encode()
