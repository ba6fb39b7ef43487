import errno
import os
import stat
from pathlib import Path

import pytest

from evaluator.classifier.prediction import Classification
from evaluator.errors import StorageFailed
from evaluator.run.directory import RunDirectory, appearing_whole, remove, write_whole

FILES = (
    "run.json",
    "cases.jsonl",
    "deepeval-result.json",
    "matrix.json",
    "pairs.csv",
    "summary.json",
    "report.md",
    "junit.xml",
    "agreement.json",
    "reasons.json",
)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert RunDirectory(directory.path).path == directory.path


def test_a_folder_that_cannot_be_made_is_a_storage_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(StorageFailed, match=f"{path} cannot be made"):
            RunDirectory(path)


def test_each_file_has_its_place(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    files = (
        directory.run_file,
        directory.cases_file,
        directory.deepeval_file,
        directory.matrix_file,
        directory.pairs_file,
        directory.summary_file,
        directory.report_file,
        directory.junit_file,
        directory.agreement_file,
        directory.reasons_file,
    )
    assert files == tuple(tmp_path / name for name in FILES)


def test_results_are_a_summary_or_a_journal(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.run_file.touch()
    assert not directory.holds_results
    directory.summary_file.touch()
    assert directory.holds_results
    directory.summary_file.unlink()
    with directory.classifications() as journal:
        journal.append(Classification("digest", "cars", 0.5, False, 3))
    assert directory.holds_results


def test_forgetting_deletes_what_a_run_left_and_nothing_else(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    for name in (*FILES, "notes.txt", "summary.json.old"):
        (directory.path / name).write_text(name)
    (directory.path / "matrix.json.d").mkdir()
    with directory.classifications() as journal:
        journal.append(Classification("digest", "cars", 0.5, False, 3))
    directory.forget()
    assert names_in(directory.path) == ["matrix.json.d", "notes.txt", "summary.json.old"]
    directory.forget()  # nothing is left to forget
    assert directory.path.is_dir()


def test_forgetting_keeps_what_the_new_run_reads(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    directory.matrix_file.touch()
    directory.pairs_file.touch()
    detour = tmp_path / "run" / ".." / "run" / "matrix.json"
    directory.forget(keep=[detour])
    assert names_in(directory.path) == ["matrix.json"]


def test_forgetting_follows_no_link_out_of_the_folder(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "summary.json").write_text("mine")
    directory.summary_file.symlink_to(elsewhere / "summary.json")
    (directory.path / ".journal").symlink_to(elsewhere)
    with pytest.raises(StorageFailed, match=r"cannot be emptied: .*symbolic link"):
        directory.forget()
    assert (elsewhere / "summary.json").read_text() == "mine"
    assert names_in(directory.path) == [".journal"]


def test_what_cannot_be_forgotten_is_a_storage_failure(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.matrix_file.mkdir()
    with pytest.raises(StorageFailed, match=f"{tmp_path} cannot be emptied: Is a directory"):
        directory.forget()


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    with appearing_whole(path) as file:
        file.write("first half, ")
        file.flush()
        assert not path.exists()
        file.write("second half\r\n — ü")
    assert path.read_bytes() == "first half, second half\r\n — ü".encode()
    assert names_in(tmp_path) == ["report.md"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_file_is_closed_to_others_where_the_umask_closes_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with appearing_whole(tmp_path / "report.md") as file:
            file.write("mine")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.md").stat().st_mode) == 0o600


def test_content_is_on_the_disk_before_it_replaces_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")
    forced: list[tuple[int | str, str]] = []
    fsync = os.fsync

    def watching(descriptor: int) -> None:
        status = os.fstat(descriptor)
        names = stat.S_ISDIR(status.st_mode)
        forced.append(("names" if names else status.st_size, path.read_text()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    write_whole(path, "new content")
    assert forced == [(len("new content"), "old"), ("names", "new content")]
    assert path.read_text() == "new content"


@pytest.mark.parametrize("failure", [ZeroDivisionError(), KeyboardInterrupt(), GeneratorExit()])
def test_a_failure_half_way_leaves_the_old_content(tmp_path: Path, failure: BaseException) -> None:
    path = tmp_path / "summary.json"
    path.write_text("old")
    with pytest.raises(type(failure)), appearing_whole(path) as file:
        file.write("new, but only ha")
        raise failure
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["summary.json"]


def test_an_error_of_the_disk_half_way_is_a_storage_failure(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text("old")
    with pytest.raises(StorageFailed, match="cannot be written: Input/output"):  # noqa: SIM117
        with appearing_whole(path):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert path.read_text() == "old"


def test_a_full_disk_leaves_the_old_content(tiny_disk: Path) -> None:
    path = tiny_disk / "cases.jsonl"
    path.write_text("old")
    with pytest.raises(StorageFailed, match=f"{path} cannot be written: No space left"):
        write_whole(path, "x" * 100_000)
    assert path.read_text() == "old"
    assert names_in(tiny_disk) == ["cases.jsonl"]
    write_whole(path, "x" * 30_000)


def test_a_missing_folder_is_a_storage_failure(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot be written: No such file"):
        write_whole(tmp_path / "gone" / "report.md", "text")


def test_a_file_is_removed_if_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.touch()
    remove(path)
    remove(path)
    assert names_in(tmp_path) == []


def test_a_file_that_cannot_be_removed_is_a_storage_failure(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").mkdir()
    with pytest.raises(StorageFailed, match=r"junit\.xml cannot be written: Is a directory"):
        remove(tmp_path / "junit.xml")
