import random
import re
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from evaluator.cases import FileCases
from evaluator.cases import parquet as parquet_file
from evaluator.cases.table import Table
from evaluator.errors import DataUnusable

from .tables import complaint, values, write_parquet


def test_a_parquet_file_of_one_group_of_rows_is_not_read_at_once(tmp_path: Path) -> None:
    draw = random.Random(1)
    texts = [draw.randbytes(500).hex() for _ in range(40_000)]
    path = write_parquet(tmp_path, [(text, "x") for text in texts])
    assert parquet.ParquetFile(path).num_row_groups == 1
    before = most = pyarrow.total_allocated_bytes()
    for _ in Table(path).rows(["text"]):
        most = max(most, pyarrow.total_allocated_bytes())
    assert most - before < path.stat().st_size / 4


def test_numbers_and_nulls_of_parquet_become_texts_and_absent(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    columns = {"text": [1, None], "label": [0.25, float("nan")]}
    parquet.write_table(pyarrow.table(columns), path)
    assert values(path, "text", "label") == [("1", "0.25"), (None, None)]


def write_repeated(path: Path, text: str, rows: int) -> None:
    """Write a text once for all rows, as Parquet's dictionaries do."""
    once = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * rows, "int32"), [text])
    table = pyarrow.table({"text": once, "label": ["a"] * rows})
    parquet.write_table(table, path, compression="zstd", store_schema=False)


def test_a_text_stored_once_for_all_rows_of_parquet_does_not_fill_the_memory(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.parquet"
    write_repeated(path, "x" * (20 << 20), 2_000)
    assert path.stat().st_size < 2_000
    # The peak that `getrusage` tells is at least that of the process that started this one.
    read = (
        "import re; from itertools import islice; from pathlib import Path;"
        "from evaluator.cases import FileCases;"
        f"cases = list(islice(FileCases(Path({str(path)!r})), 20));"
        "status = Path('/proc/self/status').read_text();"
        "print(len(cases), re.search(r'VmHWM:\\s+(\\d+) kB', status)[1])"
    )
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    count, kibibytes = map(int, done.stdout.split())
    assert count == 20
    assert kibibytes < 1_300 << 10  # 20 texts are 400 MiB; 100 rows at once would be 2,000 and more


def test_parquet_that_would_unpack_to_thousands_of_times_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.parquet"
    write_repeated(path, "x" * (2 << 20), 3)
    monkeypatch.setattr(parquet_file, "BOMB_BYTES", 1 << 20)
    with pytest.raises(DataUnusable, match=r"would unpack to [\d,]+ times its size"):
        next(iter(FileCases(path)))


def test_parquet_strings_without_the_string_mark_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    parquet.write_table(pyarrow.table({"text": ["café".encode()], "label": [b"cooking"]}), path)
    assert values(path, "text", "label") == [("café", "cooking")]


def test_a_file_that_only_ends_in_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(b"text,label\na,b\n")
    assert re.search(r"is not a Parquet file: .*[^.]\.$", complaint(path))


def test_a_parquet_file_with_damaged_pages_is_refused_in_one_line(tmp_path: Path) -> None:
    path = write_parquet(tmp_path, [(f"text {number}", "label") for number in range(1_000)])
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(content)
    said = complaint(path, "text", "label")
    assert "cannot be read" in said
    assert "\n" not in said
