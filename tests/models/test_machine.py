"""How much memory is free, in a container and outside of one."""

from pathlib import Path

import pytest

from evaluator.models import machine

GIB = 1 << 30


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of a control group that is let take 8 GiB and has taken 7, on a large machine."""
    info = tmp_path / "meminfo"
    info.write_text(f"MemTotal: 1 kB\nMemAvailable:   {64 * GIB // 1024} kB\n", "ascii")
    for name, content in {"max": 8 * GIB, "current": 7 * GIB}.items():
        (tmp_path / f"memory.{name}").write_text(f"{content}\n", "ascii")
    monkeypatch.setattr(machine, "MEMORY_INFO", info)
    monkeypatch.setattr(machine, "GROUP_LIMIT", tmp_path / "memory.max")
    monkeypatch.setattr(machine, "GROUP_USE", tmp_path / "memory.current")
    monkeypatch.setattr(machine, "GROUP_PARTS", tmp_path / "memory.stat")
    return tmp_path


def test_files_in_the_cache_of_a_container_are_free(group: Path) -> None:
    told = f"anon {GIB}\nfile {6 * GIB}\ninactive_anon {GIB}\ninactive_file {5 * GIB}\n"
    (group / "memory.stat").write_text(f"{told}active_file {GIB // 2}\nslab 9\n", "ascii")
    # 8 GiB - 7 GiB, and the 5 and 0.5 GiB of files among the 7
    assert machine.memory_here() == 6.5 * GIB


def test_without_the_parts_all_that_a_container_uses_is_taken(group: Path) -> None:
    assert machine.memory_here() == GIB


def test_a_container_is_not_given_more_than_the_machine_has(group: Path) -> None:
    (group / "memory.max").write_text(f"{900 * GIB}\n", "ascii")
    assert machine.memory_here() == 64 * GIB


def test_a_group_without_a_limit_has_what_the_machine_has(group: Path) -> None:
    (group / "memory.max").write_text("max\n", "ascii")
    assert machine.memory_here() == 64 * GIB
