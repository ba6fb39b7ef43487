import csv
import gzip
import json
import random
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from pyarrow import parquet

from evaluator.cases import FileCases, table
from evaluator.cases.table import MANY_ROWS, Table
from evaluator.errors import DataUnusable

Pair = tuple[str, str]
Writer = Callable[[Path, Sequence[Pair]], Path]


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


WRITERS = (write_csv, write_jsonl, write_raw_jsonl, write_parquet)

PAIRS = st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=8)


def values(path: Path, *columns: str | None) -> list[tuple[str | None, ...]]:
    return [row.values for row in Table(path).rows(columns)]


def complaint(path: Path, *columns: str) -> str:
    with pytest.raises(DataUnusable) as caught:
        values(path, *columns)
    return str(caught.value)


@pytest.mark.parametrize("write", WRITERS)
@given(rows=PAIRS)
@searching
def test_any_text_is_read_as_it_was_written(
    tmp_path: Path, write: Writer, rows: list[Pair]
) -> None:
    path = write(tmp_path, rows)
    assert values(path, "text", "label") == rows
    assert values(path, "label", None) == [(label, None) for _, label in rows]


@pytest.mark.parametrize("write", WRITERS)
def test_records_are_numbered_from_one_across_chunks(tmp_path: Path, write: Writer) -> None:
    count = MANY_ROWS + 1
    table = Table(write(tmp_path, [(str(number), "x") for number in range(1, count + 1)]))
    rows = list(table.rows(["text"]))
    assert len(rows) == count
    assert all(row.values == (str(row.number),) for row in rows)
    assert list(table.rows(["text"])) == rows  # a table can be read again


def test_of_long_csv_rows_few_are_read_at_once(tmp_path: Path) -> None:
    path = write_csv(tmp_path, [(f"{number}" + "x" * 50_000, "a") for number in range(1_200)])
    tracemalloc.start()
    try:
        rows = sum(1 for _ in Table(path).rows(["text"]))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 1_200
    assert most < path.stat().st_size / 2


def test_a_parquet_file_of_one_group_of_rows_is_not_read_at_once(tmp_path: Path) -> None:
    draw = random.Random(1)
    texts = [draw.randbytes(500).hex() for _ in range(40_000)]
    path = write_parquet(tmp_path, [(text, "x") for text in texts])
    assert parquet.ParquetFile(path).num_row_groups == 1
    before = most = pyarrow.total_allocated_bytes()
    for _ in Table(path).rows(["text"]):
        most = max(most, pyarrow.total_allocated_bytes())
    assert most - before < path.stat().st_size / 4


def test_columns_come_in_the_order_asked_for_and_may_repeat(tmp_path: Path) -> None:
    path = write_parquet(tmp_path, [("a", "b")])
    assert values(path, "label", "text", "label") == [("b", "a", "b")]


def test_texts_that_look_like_missing_values_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("text,label\nNA,null\nnan,\n007,1.50\n", "utf-8")
    assert values(path, "text", "label") == [("NA", "null"), ("nan", ""), ("007", "1.50")]


def test_values_that_are_no_texts_become_texts_and_nulls_stay_absent(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text(
        '{"text": 7, "label": null}\n{"text": true}\n{"text": NaN, "label": 0.5}\n', "utf-8"
    )
    assert values(path, "text", "label") == [("7", None), ("True", None), (None, "0.5")]


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
    read = (
        "import resource; from itertools import islice; from pathlib import Path;"
        "from evaluator.cases import FileCases;"
        f"cases = list(islice(FileCases(Path({str(path)!r})), 20));"
        "print(len(cases), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
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
    monkeypatch.setattr(table, "PARQUET_BOMB_BYTES", 1 << 20)
    with pytest.raises(DataUnusable, match=r"would unpack to [\d,]+ times its size"):
        next(iter(FileCases(path)))


def test_parquet_strings_without_the_string_mark_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    parquet.write_table(pyarrow.table({"text": ["café".encode()], "label": [b"cooking"]}), path)
    assert values(path, "text", "label") == [("café", "cooking")]


def test_half_of_a_surrogate_pair_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text('{"text": "cut \\ud83d", "label": "\\ud83d\\ude00"}\n', "utf-8")
    assert values(path, "text", "label") == [("cut �", "😀")]


def test_blank_lines_of_jsonl_are_skipped_and_absent_keys_are_absent(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text('\n{"text": "a", "label": "b"}\n   \n{"label": "c"}\n\n', "utf-8")
    assert values(path, "text", "label") == [("a", "b"), (None, "c")]


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = "text,label\na,b\n" if name.endswith("csv") else '{"text": "a", "label": "b"}\n'
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    assert Table(path).header == ["text", "label"]
    assert values(path, "text") == [("a",)]


def test_the_ending_counts_in_any_case(tmp_path: Path) -> None:
    path = write_csv(tmp_path, [("a", "b")]).rename(tmp_path / "TABLE.CSV")
    assert values(path, "text") == [("a",)]


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl", "table.parquet"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    assert complaint(tmp_path / name) == f"{tmp_path / name} does not exist."


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl", "table.parquet"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert complaint(tmp_path / name) == f"{tmp_path / name} is empty."


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl", "table.parquet"])
def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert "cannot be read" in complaint(tmp_path / name)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK")
    assert complaint(path).endswith("is not a .csv, .jsonl or .parquet file.")


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl"])
def test_text_in_another_encoding_is_refused_with_the_byte_and_a_way_out(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    line = "text,label\ncaf\xe9,b\n" if name.endswith("csv") else '{"text": "caf\xe9"}\n'
    path.write_bytes(line.encode("latin-1"))
    assert re.search(r"not UTF-8 \(byte 0xe9 .*iconv", complaint(path, "text"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\na,b\nc,d,e\n", "Expected 2 fields in line 3, saw 3"),
        # pandas alone would read the first column as row names: text "b", label "c".
        ("text,label\na,b,c\n", "more fields than the header"),
        ("text,label\na,b,\nc,d,\n", "more fields than the header"),
        ('text,label\n"never closed,b\n', "EOF inside string"),
        ("\n\n", "No columns"),
    ],
)
def test_a_ragged_csv_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content, "utf-8")
    said = complaint(path, "text", "label")
    assert f"{path} is not a well-formed CSV file" in said
    assert words in said


def test_a_field_missing_at_the_end_of_a_csv_record_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("text,label\na\nb,c\n", "utf-8")
    assert values(path, "text", "label") == [("a", ""), ("b", "c")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": 1}\n\n{"a": \n', "line 3 is not JSON"),
        ('{"a": 1}\n[1, 2]\n', "line 2 is not a JSON object"),
        ("[" * 100_000 + "\n", "line 1 is not JSON"),
        ('{"a": %s}\n' % ("1" * 5_000), "line 1 is not JSON"),  # more digits than Python reads
        ("\n \n", "holds no records"),
    ],
)
def test_a_broken_jsonl_line_is_numbered(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text(content, "utf-8")
    assert f"{path} {words}" in complaint(path, "a")


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


@pytest.mark.parametrize("name", ["cases.csv", "cases.jsonl"])
@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_compressed_files_read_like_plain_ones(tmp_path: Path, name: str, ending: str) -> None:
    content = {
        "cases.csv": "id,text,label\n1,全角のスポーツ,スポーツ\n",
        "cases.jsonl": '{"id": "1", "text": "全角のスポーツ", "label": "スポーツ"}\n',
    }[name].encode()
    packed = gzip.compress(content) if ending == ".gz" else zstd.compress(content)
    path = tmp_path / (name + ending)
    path.write_bytes(packed)
    table = Table(path)
    assert table.header == ["id", "text", "label"]
    assert [row.values for row in table.rows(table.header)] == [("1", "全角のスポーツ", "スポーツ")]


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "plain"])
def test_a_damaged_compressed_file_is_one_sentence(
    tmp_path: Path, ending: str, damage: str
) -> None:
    content = b'{"text": "the engine", "label": "cars"}\n' * 500
    packed = gzip.compress(content) if ending == ".gz" else zstd.compress(content)
    path = tmp_path / f"cases.jsonl{ending}"
    path.write_bytes(packed[:-9] if damage == "cut" else content)
    with pytest.raises(DataUnusable, match="cannot be read"):
        list(Table(path).rows(["text"]))
