"""Cases in a file of this process alone, read again without looking for them among all others."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter

from evaluator.cases import Case
from evaluator.errors import StorageFailed

_LINES: TypeAdapter[Case] = TypeAdapter(Case)


class KeptCases:
    """Cases in the order in which they were added, read anew at each iteration.

    Args:
        file: Where they are kept, one a line; empty.
        folder: On whose disk that is.
        source: What messages call the source they are from.
    """

    def __init__(self, file: IO[bytes], folder: Path, source: str) -> None:
        self._file = file
        self._folder = folder
        self._source = source

    def add(self, case: Case) -> None:
        """Keep another case.

        Raises:
            StorageFailed: The disk refuses.
        """
        try:
            self._file.write(_LINES.dump_json(case) + b"\n")
        except OSError as error:
            raise StorageFailed.at_writing(self._folder, error) from error

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases that were added.

        Raises:
            StorageFailed: The disk refuses.
        """
        following = 0
        while True:
            try:
                # Each iteration has a place of its own, so that two may go on side by side.
                self._file.seek(following)
                line = self._file.readline()
                following = self._file.tell()
            except OSError as error:
                raise StorageFailed.at_writing(self._folder, error) from error
            if not line:
                return
            yield _LINES.validate_json(line)

    def require_unchanged(self) -> None:
        """Do nothing: nobody else can write to a file without a name."""

    def __str__(self) -> str:
        """Return what messages call the source."""
        return self._source


@contextmanager
def kept_cases(folder: Path, source: str) -> Iterator[KeptCases]:
    """Keep cases on a folder's disk while the context lasts.

    Their file has no name there. So no later start can take it for its own, no store is given it,
    and however this process ends, nothing of it is left.

    Args:
        folder: Where there is room.
        source: What messages call the source of the cases.

    Raises:
        StorageFailed: The disk refuses.
    """
    try:
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed below
    except OSError as error:
        raise StorageFailed.at_writing(folder, error) from error
    try:
        yield KeptCases(file, folder, source)
    finally:
        with suppress(OSError):  # a full disk, which was said where it mattered
            file.close()
