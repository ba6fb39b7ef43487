"""A merged model appears whole in its place, or not at all."""

import os
import shutil
from pathlib import Path

import pytest

from evaluator.errors import StorageFailed
from evaluator.models.merging import merge_adapter

from .quiet import Quiet

MUCH = 1 << 30


def test_a_taken_place_is_left_alone(llama_adapter: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(StorageFailed, match="is there already"):
        merge_adapter(llama_adapter, None, tmp_path, MUCH, Quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    merge_adapter(llama_adapter, None, tmp_path / "empty", MUCH, Quiet())
    assert (tmp_path / "empty" / "config.json").is_file()


def test_a_link_to_an_empty_directory_stays_and_leads_to_the_merged_model(
    llama_adapter: Path, tmp_path: Path
) -> None:
    for name, place in (("link", "there"), ("dangling", "absent")):
        (tmp_path / name).symlink_to(place)
    (tmp_path / "there").mkdir()
    for name in ("link", "dangling"):
        merge_adapter(llama_adapter, None, tmp_path / name, MUCH, Quiet())
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / name / "config.json").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"link", "there", "dangling", "absent"}


def test_a_mount_point_is_refused_before_anything_is_written(
    llama_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "volume"
    out.mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path) == out)
    with pytest.raises(StorageFailed, match="name a directory inside of it"):
        merge_adapter(llama_adapter, None, out, MUCH, Quiet())
    assert list(out.iterdir()) == []


def test_all_of_a_merged_model_is_on_the_disk_before_it_has_its_name(
    llama_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced, replace, out = [], Path.replace, tmp_path / "merged"
    named_after = []

    def force(descriptor: int) -> None:
        forced.append(Path(f"/proc/self/fd/{descriptor}").readlink())

    def replaced(path: Path, target: Path) -> Path:
        named_after.extend([*forced, path])
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", force)
    monkeypatch.setattr(Path, "replace", replaced)
    merge_adapter(llama_adapter, None, out, MUCH, Quiet())
    *before, folder = named_after
    assert {folder / path.name for path in out.iterdir()} | {folder} <= set(before)
    assert forced[-1] == tmp_path


def test_a_disk_without_room_is_noticed_before(
    llama_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageFailed, match="has 1 MiB free"):
        merge_adapter(llama_adapter, None, tmp_path / "merged", MUCH, Quiet())
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_merge_left_is_swept_by_the_next_into_the_same_place(
    llama_adapter: Path, tmp_path: Path
) -> None:
    left = tmp_path / ".merged.merging-abcd1234"
    left.mkdir()
    (left / "model.safetensors").write_bytes(b"half of it")
    elsewhere = tmp_path / ".other.merging-abcd1234"
    elsewhere.mkdir()
    merge_adapter(llama_adapter, None, tmp_path / "merged", MUCH, Quiet())
    assert {path.name for path in tmp_path.iterdir()} == {"merged", elsewhere.name}
