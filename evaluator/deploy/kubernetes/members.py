"""The members of a tar file, read without letting its headers take memory, time or the process."""

import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from evaluator.errors import DeploymentFailed

LONGEST_HEADER = 64 << 10
"""Bytes of what stands before a member and gives it a long name; the longest path has 4,096."""

MOST_HEADERS = 3
"""Such headers before one member; two are in use, for its name and for where it links to."""

BEFORE_A_MEMBER = frozenset(
    {
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.XHDTYPE,
        tarfile.SOLARIS_XHDTYPE,
    }
)
REFUSED = frozenset({tarfile.XGLTYPE, tarfile.GNUTYPE_SPARSE})
"""Headers for all members that follow, which pile up, and files with holes."""

BROKEN = (tarfile.TarError, ValueError, OverflowError, RecursionError)
"""What tarfile raises at headers that no tar program writes."""


def plain_members(archive: BinaryIO) -> Iterator[tuple["Members", tarfile.TarInfo]]:
    """Yield each member of an archive with the archive to read it from, and forget it then.

    Args:
        archive: A tar file.

    Raises:
        DeploymentFailed: A header is longer than any name, or of a file with holes.
        tarfile.TarError, ValueError, OverflowError, RecursionError: A header is broken.
    """
    with Members(fileobj=archive, mode="r") as members:
        while (member := members.next()) is not None:
            yield members, member
            members.members.clear()


class Member(tarfile.TarInfo):
    """A member whose headers are looked at before they are read."""

    # tarfile calls this for every header, and says that subclasses may override it.
    def _proc_member(self, members: "Members") -> tarfile.TarInfo:
        if self.size < 0 or self.type in REFUSED:
            raise _odd(self)
        if self.type not in BEFORE_A_MEMBER:
            return _of_a_size(super()._proc_member(members))  # type: ignore[misc]
        if self.size > LONGEST_HEADER or members.headers >= MOST_HEADERS:
            raise _odd(self)
        members.headers += 1
        try:
            return _of_a_size(super()._proc_member(members))  # type: ignore[misc]
        finally:
            members.headers -= 1

    def _proc_gnusparse_00(self, member: tarfile.TarInfo, *_: Any) -> None:
        raise _odd(member)

    _proc_gnusparse_01 = _proc_gnusparse_00
    _proc_gnusparse_10 = _proc_gnusparse_00


class Members(tarfile.TarFile):
    """An archive of such members.

    Attributes:
        headers: How many headers stand before the member that is being read, so far.
    """

    tarinfo = Member
    headers = 0
    members: list[tarfile.TarInfo]


def _of_a_size(member: tarfile.TarInfo) -> tarfile.TarInfo:
    if member.size < 0:  # tarfile would read what came before once more
        raise _odd(member)
    return member


def _odd(member: tarfile.TarInfo) -> DeploymentFailed:
    return DeploymentFailed(
        f"the archive of the results holds what is no plain file: {member.name[:200]!r}."
    )
