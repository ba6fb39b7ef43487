"""Copies of what lies behind URLs."""

import os
import shutil
import time
from pathlib import Path

import pytest

from evaluator.errors import DataUnusable, ModelUnusable, StorageFailed
from evaluator.storage import copies
from evaluator.storage.copies import fetched
from evaluator.storage.location import copies_folder, located, named
from evaluator.storage.store import Store, StoreFailed


def test_a_path_is_its_own_copy(tmp_path: Path) -> None:
    assert fetched(tmp_path, DataUnusable) == tmp_path


def test_a_file_is_copied_once_a_version(bucket: str, cache: Path) -> None:
    store, path = Store(f"{bucket}/in"), located(f"{bucket}/in/cases.csv")
    store.write("cases.csv", b"one")
    first = fetched(path, DataUnusable)
    written = first.stat().st_mtime_ns
    assert (first.name, first.read_bytes(), named(first)) == ("cases.csv", b"one", named(path))
    assert fetched(path, DataUnusable) == first
    assert first.stat().st_mtime_ns == written
    store.write("cases.csv", b"two")
    second = fetched(path, DataUnusable)
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")


def test_a_folder_is_copied_without_what_is_hidden(bucket: str, cache: Path) -> None:
    store = Store(f"{bucket}/model")
    for name in ("config.json", "deeper/weights", ".git/head", "deeper/.hidden"):
        store.write(name, name.encode())
    folder = fetched(located(f"{bucket}/model"), ModelUnusable)
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert found == {"config.json", "deeper/weights"}
    part = fetched(located(f"{bucket}/model"), ModelUnusable, only=["config.json"])
    assert [file.name for file in part.iterdir()] == ["config.json"]


def test_what_is_not_there_is_an_error_of_the_kind_asked_for(bucket: str, cache: Path) -> None:
    with pytest.raises(ModelUnusable, match=f"{bucket}/model cannot be read: there is nothing"):
        fetched(located(f"{bucket}/model"), ModelUnusable)


def test_a_copy_that_was_cut_short_is_completed(
    bucket: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"{bucket}/model")
    for name in ("a", "b"):
        store.write(name, name.encode())
    fetch, asked = Store.fetch, []

    def breaking(self: Store, name: str, target: Path) -> None:
        asked.append(name)
        if asked == ["a", "b"]:
            raise StoreFailed("the connection broke")
        fetch(self, name, target)

    monkeypatch.setattr(Store, "fetch", breaking)
    path = located(f"{bucket}/model")
    with pytest.raises(ModelUnusable, match="the connection broke"):
        fetched(path, ModelUnusable)
    folder = fetched(path, ModelUnusable)
    assert asked == ["a", "b", "b"]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"a": b"a", "b": b"b"}


def test_what_changes_while_it_is_copied_is_refused(
    bucket: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(bucket)
    store.write("cases.csv", b"one")
    fetch = Store.fetch

    def overtaken(self: Store, name: str, target: Path) -> None:
        fetch(self, name, target)
        store.write("cases.csv", b"two")

    monkeypatch.setattr(Store, "fetch", overtaken)
    with pytest.raises(DataUnusable, match="it changed while it was read"):
        fetched(located(f"{bucket}/cases.csv"), DataUnusable)


def test_the_copies_unused_for_longest_make_room(
    bucket: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(bucket)
    for name in ("old", "recent", "new"):
        store.write(name, b"12345")
    old, recent = (fetched(located(f"{bucket}/{name}"), DataUnusable) for name in ("old", "recent"))
    two_days_ago = time.time() - 48 * 3600
    os.utime(copies_folder() / old.relative_to(copies_folder()).parts[0], (two_days_ago,) * 2)
    monkeypatch.setattr(copies, "MOST_BYTES", 5)
    new = fetched(located(f"{bucket}/new"), DataUnusable)
    assert (old.exists(), recent.exists(), new.exists()) == (False, True, True)


def test_a_cache_that_cannot_be_written_is_named(bucket: str, cache: Path) -> None:
    Store(bucket).write("cases.csv", b"one")
    shutil.rmtree(cache, ignore_errors=True)
    cache.write_text("a file", "utf-8")
    with pytest.raises(StorageFailed, match="EVALUATOR_CACHE"):
        fetched(located(f"{bucket}/cases.csv"), DataUnusable)
