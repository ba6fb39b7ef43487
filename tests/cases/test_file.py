import gzip
import hashlib
from pathlib import Path

import pytest
from backports import zstd

from evaluator.cases import Case, CaseSource, FileCases
from evaluator.errors import DataUnusable


def file(folder: Path, content: str, name: str = "cases.csv") -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def complaint(source: CaseSource) -> str:
    with pytest.raises(DataUnusable) as caught:
        list(source)
    return str(caught.value)


def test_cases_come_in_file_order_with_usual_columns(tmp_path: Path) -> None:
    source = FileCases(file(tmp_path, "label,id,text\n cars ,b,the engine\ncooking,a,the soup\n"))
    expected = [Case("b", "the engine", "cars"), Case("a", "the soup", "cooking")]
    assert list(source) == expected
    assert list(source) == expected  # iterating twice gives the same


def test_messages_call_it_by_its_path(tmp_path: Path) -> None:
    assert str(FileCases(tmp_path / "cases.csv")) == str(tmp_path / "cases.csv")


def test_named_columns_are_used(tmp_path: Path) -> None:
    path = file(tmp_path, "key,words,topic,text,label\n1,a,b,c,d\n")
    assert list(FileCases(path, text="words", gold="topic", id="key")) == [Case("1", "a", "b")]


def test_records_without_an_id_are_called_by_their_number(tmp_path: Path) -> None:
    path = file(tmp_path, "id,text,label\n,a,x\nown,b,x\n,c,x\n")
    assert [case.id for case in FileCases(path)] == ["row-1", "own", "row-3"]
    path = file(tmp_path, "text,label\na,x\n")
    assert [case.id for case in FileCases(path)] == ["row-1"]


def test_an_absent_text_is_empty_and_spaces_of_a_text_stay(tmp_path: Path) -> None:
    path = file(
        tmp_path, '{"label": "x", "text": null}\n{"label": "x", "text": " a "}\n', "a.jsonl"
    )
    assert [case.text for case in FileCases(path)] == ["", " a "]


@pytest.mark.parametrize("gold", ["", "  ", '" "'])
def test_a_record_without_a_gold_label_is_numbered(tmp_path: Path, gold: str) -> None:
    path = file(tmp_path, f"id,text,label\na,x,y\nb,x,{gold}\n")
    assert complaint(FileCases(path)) == f"{path} record 2 has no gold label."


def test_a_null_gold_label_is_none(tmp_path: Path) -> None:
    path = file(tmp_path, '{"text": "a", "label": null}\n', "cases.jsonl")
    assert "record 1 has no gold label" in complaint(FileCases(path))


def test_a_header_alone_holds_no_cases(tmp_path: Path) -> None:
    path = file(tmp_path, "id,text,label\n")
    assert complaint(FileCases(path)) == f"{path} holds no cases."


def test_a_missing_label_column_names_the_flag(tmp_path: Path) -> None:
    path = file(tmp_path, "id,text,topic\n1,a,b\n")
    assert "name it with --label-column" in complaint(FileCases(path))


def test_the_fingerprint_changes_with_the_content_alone(tmp_path: Path) -> None:
    one = FileCases(file(tmp_path, "text,label\na,b\n", "one.csv")).fingerprint
    same = FileCases(file(tmp_path, "text,label\na,b\n", "same.csv")).fingerprint
    other = FileCases(file(tmp_path, "text,label\na,c\n", "other.csv")).fingerprint
    assert one == same != other


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", ["cases.csv", "cases.jsonl"])
@pytest.mark.parametrize("count", [1, 30_000])
def test_cases_that_were_read_need_no_second_reading_for_the_fingerprint(
    tmp_path: Path, name: str, ending: str, count: int
) -> None:
    lines = {
        "cases.csv": [
            "id,text,label\n",
            *(f"{n},the engine of 記事 {n},x\n" for n in range(count)),
        ],
        "cases.jsonl": [f'{{"id": {n}, "text": "記事", "label": "x"}}\n' for n in range(count)],
    }
    content = "".join(lines[name]).encode()
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstd.compress}[ending]
    path = tmp_path / f"{name}{ending}"
    path.write_bytes(pack(content))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source = FileCases(path)
    assert FileCases(path).fingerprint == sha256
    assert sum(1 for _ in source) == count
    path.unlink()
    assert source.fingerprint == sha256


def test_of_cases_that_were_read_in_part_the_fingerprint_is_still_of_the_file(
    tmp_path: Path,
) -> None:
    rows = "".join(f"the engine of car {n},x\n" for n in range(100_000))
    path = file(tmp_path, f"text,label\n{rows}")
    source = FileCases(path)
    assert next(iter(source)).text == "the engine of car 0"
    assert source.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()
