import sys
import unicodedata
from pathlib import Path

import pytest

from evaluator.cases import Case
from evaluator.cases.folder import FolderCases
from evaluator.errors import DataUnusable


def put(folder: Path, name: str, content: str | bytes = "words") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def complaint(folder: Path) -> str:
    with pytest.raises(DataUnusable) as caught:
        list(FolderCases(folder))
    return str(caught.value)


def test_a_files_category_is_the_folder_it_is_in(tmp_path: Path) -> None:
    put(tmp_path, "food/2.txt", "\ufeffthe soup\n")
    put(tmp_path, "cars/b.txt", "the engine")
    put(tmp_path, "cars/a", "")
    put(tmp_path, "cars/used/c.txt", "an old car")
    expected = [
        Case("cars/a", "", "cars"),
        Case("cars/b.txt", "the engine", "cars"),
        Case("cars/used/c.txt", "an old car", "cars"),
        Case("food/2.txt", "the soup\n", "food"),
    ]
    source = FolderCases(tmp_path)
    assert list(source) == expected
    assert list(source) == expected


def test_hidden_files_and_files_without_a_category_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "README.md")
    put(tmp_path, ".git/config")
    put(tmp_path, "cars/.DS_Store", b"\xff")
    put(tmp_path, "cars/1")
    assert [case.id for case in FolderCases(tmp_path)] == ["cars/1"]


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cars").mkdir()
    put(tmp_path, "1.txt")
    assert complaint(tmp_path) == f"{tmp_path} holds no files in category folders."
    missing = tmp_path / "nowhere"
    assert complaint(missing) == f"{missing} cannot be read: No such file or directory."


def test_a_file_in_another_encoding_is_named_with_the_byte(tmp_path: Path) -> None:
    put(tmp_path, "cars/1", "fine")
    bad = put(tmp_path, "cars/2", "caf\xe9".encode("latin-1"))
    assert complaint(tmp_path).startswith(f"{bad} is not UTF-8 (byte 0xe9 cannot be decoded): ")


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = put(tmp_path, "secret")
    inside = put(tmp_path, "data/cars/1").parent
    (inside / "2").symlink_to(inside / "1")
    assert len(list(FolderCases(tmp_path / "data"))) == 2  # a link that stays within is an article
    (inside / "3").symlink_to(secret)
    assert "is a link that leads out of" in complaint(tmp_path / "data")


def test_a_linked_category_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/1")
    put(tmp_path, "data/cars/1")
    (tmp_path / "data" / "food").symlink_to(tmp_path / "elsewhere")
    assert "is a link that leads out of" in complaint(tmp_path / "data")


def test_the_fingerprint_changes_with_names_and_contents(tmp_path: Path) -> None:
    for name, content in (("a", "x"), ("same", "x"), ("text", "y")):
        put(tmp_path, f"{name}/cars/1", content)
    put(tmp_path, "name/cars/2", "x")
    put(tmp_path, "category/food/1", "x")
    prints = {
        name: FolderCases(tmp_path / name).fingerprint
        for name in ("a", "same", "text", "name", "category")
    }
    assert prints["a"] == prints["same"]
    assert len(set(prints.values())) == 4


@pytest.mark.parametrize("name", ["cars/1", "cars/2", "food/1"])
def test_a_file_that_is_written_or_added_after_the_fingerprint_is_noticed(
    tmp_path: Path, name: str
) -> None:
    put(tmp_path, "cars/1")
    source = FolderCases(tmp_path)
    assert source.fingerprint
    source.require_unchanged()
    put(tmp_path, name, "others")
    with pytest.raises(DataUnusable, match="changed while it was read"):
        source.require_unchanged()


def test_decomposed_names_give_the_same_cases_as_composed_ones(tmp_path: Path) -> None:
    # Decomposed, "ガ" is "カ" with a mark that sorts before "ン".
    names = ("スポーツ/カン.txt", "スポーツ/ガ.txt", "家電/1.txt")
    for form in ("NFC", "NFD"):
        for name in names:
            put(tmp_path / form, unicodedata.normalize(form, name))
    composed, decomposed = (FolderCases(tmp_path / form) for form in ("NFC", "NFD"))
    assert [(case.id, case.gold) for case in composed] == [
        ("スポーツ/カン.txt", "スポーツ"),
        ("スポーツ/ガ.txt", "スポーツ"),
        ("家電/1.txt", "家電"),
    ]
    assert list(decomposed) == list(composed)
    assert decomposed.fingerprint == composed.fingerprint


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems keep one of the two names")
@pytest.mark.parametrize(
    ("names", "twice"),
    [(("ゴルフ/1.txt", "ゴルフ/2.txt"), "ゴルフ"), (("芸/ガ.txt",), "ガ.txt")],
    ids=["categories", "files"],
)
def test_a_name_in_both_forms_is_refused(
    tmp_path: Path, names: tuple[str, ...], twice: str
) -> None:
    for form in ("NFC", "NFD"):
        for name in names:
            put(tmp_path, unicodedata.normalize(form, name))
    assert f"holds '{twice}' twice" in complaint(tmp_path)
