"""Small packed files that stand for much are refused while memory lasts."""

import gzip
from pathlib import Path

import pytest
from backports import zstd

from evaluator.cases import lines
from evaluator.cases.file import FileCases
from evaluator.errors import DataUnusable

CSV, JSONL = b'text,label\n"the ', b'{"label": "a", "text": "'
OPENERS = {".gz": gzip.compress, ".zst": zstd.compress}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_HEADER", 1 << 20)
    for name in ("LONGEST_LINE", "LONGEST_RECORD"):
        monkeypatch.setattr(lines, name, 2 << 20)


@pytest.mark.parametrize("packing", OPENERS)
@pytest.mark.parametrize(("kind", "head"), [("csv", CSV), ("jsonl", JSONL)])
def test_a_record_without_end_is_refused(
    tmp_path: Path, kind: str, head: bytes, packing: str
) -> None:
    path = tmp_path / f"bomb.{kind}{packing}"
    path.write_bytes(OPENERS[packing](head + bytes([120]) * (64 << 20)))
    assert path.stat().st_size < 100_000
    with pytest.raises(DataUnusable, match="million characters"):
        list(FileCases(path))


def test_a_quotation_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(CSV + b"x,y\n" * (4 << 20)))
    with pytest.raises(DataUnusable, match="a record of more than 2 million characters; is a quot"):
        list(FileCases(path))


@pytest.mark.parametrize("before", [b"", b"\n \n"])
def test_a_header_without_end_is_refused(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(before + b'text,"label' + b"x\n" * (4 << 20)))
    with pytest.raises(DataUnusable, match="a record of more than 1 million characters"):
        list(FileCases(path))


def test_a_table_of_many_records_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("text,label\n" + f"{'x' * 100_000},a\n" * 300, "utf-8")
    assert sum(1 for _ in FileCases(path)) == 300
