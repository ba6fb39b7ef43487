"""A table of more columns than anybody reads is refused before it costs anything."""

import time
from pathlib import Path

import pytest

from evaluator.cases.file import FileCases
from evaluator.cases.lines import LONGEST_HEADER
from evaluator.cases.width import MOST_COLUMNS
from evaluator.errors import DataUnusable

MANY = 100_000


def wide(columns: int) -> str:
    return ",".join(["text", "label", *(f"c{number}" for number in range(columns - 2))])


def refused_at_once(path: Path) -> str:
    started = time.process_time()
    with pytest.raises(DataUnusable) as raised:
        list(FileCases(path))
    assert time.process_time() - started < 1
    return str(raised.value)


@pytest.mark.parametrize("before", ["", "\n \n"])
def test_a_csv_file_with_a_wide_header_is_refused(tmp_path: Path, before: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(f"{before}{wide(MANY)}\na,b\n", "utf-8")
    assert refused_at_once(path) == (
        f"{path} has more than 10,000 columns; leave out those that are not read."
    )


@pytest.mark.parametrize("before", ["", "a,b\n"])
def test_a_csv_file_with_a_wide_record_is_refused(tmp_path: Path, before: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(f"text,label\n{before}{'a,' * MANY}\n", "utf-8")
    assert f"has {MANY + 1:,} fields, the header 2" in refused_at_once(path)


def test_a_json_record_with_many_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.jsonl"
    keys = ", ".join(f'"c{number}": 1' for number in range(MANY))
    path.write_text(f'{{"text": "a", "label": "b", {keys}}}\n', "utf-8")
    assert "more than 10,000 columns" in refused_at_once(path)


def test_as_many_columns_as_may_be_are_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(f"{wide(MOST_COLUMNS)}\na,b{',' * (MOST_COLUMNS - 2)}\n", "utf-8")
    assert [case.text for case in FileCases(path)] == ["a"]


def test_commas_and_quotation_marks_of_an_article_are_no_columns(tmp_path: Path) -> None:
    article = '5", ' * MANY + "x" * LONGEST_HEADER
    path = tmp_path / "cases.csv"
    quoted = article.replace('"', '""')
    path.write_text(f'label,text\ncars,"{quoted}"\ncars,b\n', "utf-8")
    assert [len(case.text) for case in FileCases(path)] == [len(article), 1]
