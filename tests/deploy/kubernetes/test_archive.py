"""An archive that swells is refused before it is unpacked."""

import io
import tarfile
from pathlib import Path

import pytest

from evaluator.deploy.kubernetes.archive import unpack
from evaluator.errors import DeploymentFailed


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
