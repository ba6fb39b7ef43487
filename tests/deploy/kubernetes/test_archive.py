"""An archive that swells is refused before it is unpacked, or while it arrives."""

import io
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from evaluator.deploy.kubernetes.archive import (
    LONGEST_LISTING,
    room_for_archive,
    room_for_listing,
    unpack,
)
from evaluator.errors import DeploymentFailed, StorageFailed


def test_a_sparse_file_of_a_terabyte_of_zeros_is_not_unpacked(tmp_path: Path) -> None:
    member = tarfile.TarInfo("run/zeros")
    member.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,0",
        "GNU.sparse.size": str(2**40),
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as members:
        members.addfile(member)
    archive.seek(0)
    with tarfile.open(fileobj=archive) as members:
        (read,) = members.getmembers()
        assert read.isreg() and read.size == 2**40
    archive.seek(0)
    with pytest.raises(DeploymentFailed, match="no plain file: 'run/zeros'"):
        unpack(archive, "run", tmp_path / "into")
    assert not (tmp_path / "into" / "zeros").exists()


def test_an_archive_without_end_is_refused_while_the_disk_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 10 MiB that are free 5 MiB may arrive, because the files need as much once more."""
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10 << 20))
    taken = bytearray()
    room = room_for_archive(taken.extend, tmp_path / ".staging")
    for _ in range(5):
        room(bytes(1 << 20))
    with pytest.raises(StorageFailed) as raised:
        room(b"1")
    assert len(taken) == 5 << 20
    assert str(raised.value) == (
        f"the results are larger than 5 MiB, half of what is free in {tmp_path} (they are there "
        "twice while they are unpacked); make room there, or name a folder on another disk."
    )


def test_a_list_of_files_without_end_is_refused() -> None:
    taken = bytearray()
    room = room_for_listing(taken.extend)
    room(bytes(LONGEST_LISTING))
    with pytest.raises(DeploymentFailed, match="more files than the results of a run"):
        room(b"1")
    assert len(taken) == LONGEST_LISTING
