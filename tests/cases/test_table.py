import gzip
import re
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases.table import Table
from evaluator.errors import DataUnusable

from .tables import Pair, complaint, values, write_csv, write_jsonl, write_parquet, write_raw_jsonl

Writer = Callable[[Path, Sequence[Pair]], Path]

WRITERS = (write_csv, write_jsonl, write_raw_jsonl, write_parquet)

PAIRS = st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=8)


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
def test_records_are_numbered_from_one(tmp_path: Path, write: Writer) -> None:
    count = 1_001
    table = Table(write(tmp_path, [(str(number), "x") for number in range(1, count + 1)]))
    rows = list(table.rows(["text"]))
    assert len(rows) == count
    assert all(row.values == (str(row.number),) for row in rows)
    assert list(table.rows(["text"])) == rows  # a table can be read again


def test_of_long_csv_rows_one_is_held_at_a_time(tmp_path: Path) -> None:
    path = write_csv(tmp_path, [(f"{number}" + "x" * 50_000, "a") for number in range(1_200)])
    tracemalloc.start()
    try:
        rows = sum(1 for _ in Table(path).rows(["text"]))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 1_200
    assert most < path.stat().st_size / 2


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
        ("text,label\na,b\n\nc,d,e\n", "line 4 has 3 fields, the header 2"),
        ("text,label\na,b,\nc,d,\n", "line 2 has 3 fields, the header 2"),
        ('text,label\n"a\nb",c\n"never closed,b\nd,e\n', "line 4, unexpected end of data"),
        ('text,label\n"said "so"",b\n', "line 2, ',' expected after '\"'"),
        ("\n \n", "it has no header"),
    ],
)
def test_a_ragged_csv_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content, "utf-8")
    said = complaint(path, "text", "label")
    assert f"{path} is not a well-formed CSV file" in said
    assert words in said


def test_of_a_column_that_is_there_twice_none_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("text,label,label,,\na,b,c,,\n", "utf-8")
    assert values(path, "text") == [("a",)]
    assert complaint(path, "label") == f"{path} has the column 'label' more than once; rename one."


def test_blank_lines_of_csv_are_skipped_and_an_empty_quoted_text_is_not(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('\n \ntext\n\na\n""\n  \r\nb\r', "utf-8", newline="")
    assert values(path, "text") == [("a",), ("",), ("b",)]


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
