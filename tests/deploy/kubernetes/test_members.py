"""Archives whose headers were written to hurt whoever reads them."""

import io
import tarfile
from pathlib import Path

import pytest

from evaluator.deploy.kubernetes.archive import unpack
from evaluator.errors import DeploymentFailed

Headers = dict[str, str]


def archived(*members: tarfile.TarInfo, end: int = 1024) -> io.BytesIO:
    """An archive of these headers, each with as many zeros as it announces, up to a block."""
    blocks = (
        member.tobuf(tarfile.PAX_FORMAT) + bytes(512 * (0 < member.size <= 512))
        for member in members
    )
    return io.BytesIO(b"".join(blocks) + bytes(end))


def member(
    name: str = "run/a", *, size: int = 0, kind: bytes = tarfile.REGTYPE, pax: Headers | None = None
) -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.size, one.type = size, kind
    one.pax_headers = pax or {}
    return one


LONG_NAME, EXTENDED = tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE


@pytest.mark.parametrize(
    "archive",
    [
        archived(member(pax={"path": "run/a\0b"})),
        archived(member(pax={"path": "run" + "/a" * 1_990})),
        archived(member(pax={"GNU.sparse.map": "0,1,x", "GNU.sparse.size": "5"})),
        archived(member(pax={"GNU.sparse.size": "x"})),
        archived(member(size=9, pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})),
        archived(member(kind=tarfile.GNUTYPE_SPARSE)),
        *(archived(member(), member("run/b", pax={"size": f"{-512 * n}"})) for n in (1, 3, 4)),
        archived(member(pax={"size": "9" * 30})),
        archived(*[member("././@LongLink", size=10, kind=LONG_NAME)] * 3_000),
        archived(member("pax", size=10, kind=tarfile.XGLTYPE)),
    ],
)
def test_headers_that_no_tar_writes_are_refused_in_a_sentence(
    archive: io.BytesIO, tmp_path: Path
) -> None:
    with pytest.raises(DeploymentFailed, match=r"no plain file|is broken"):
        unpack(archive, "run", tmp_path)


@pytest.mark.parametrize("kind", [LONG_NAME, EXTENDED, tarfile.GNUTYPE_LONGLINK])
def test_a_header_of_a_gigabyte_is_not_read(kind: bytes, tmp_path: Path) -> None:
    class Counted(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            self.asked = max(self.asked, 2**40 if size is None or size < 0 else size)
            return super().read(size)

    archive = Counted(archived(member("long", size=1 << 30, kind=kind)).getvalue())
    with pytest.raises(DeploymentFailed, match="no plain file"):
        unpack(archive, "run", tmp_path)
    assert archive.asked <= 512


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_large_files_of_usual_archives_are_unpacked(
    form: int, tmp_path: Path
) -> None:
    names = ["run/" + "/".join(["shard-" + "ö" * 90] * 5), "run/b"]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=form) as members:
        for name in names:
            one = member(name, size=3_000_000)
            one.mtime = 0.5
            members.addfile(one, io.BytesIO(name[-1].encode()[-1:] * 3_000_000))
    archive.seek(0)
    unpack(archive, "run", tmp_path)
    for name in names:
        assert (tmp_path / name[4:]).stat().st_size == 3_000_000
