"""An append-only file of records that survives kills and torn writes."""

import logging
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from evaluator.errors import StorageFailed
from evaluator.run.folders import force_names, make_folder

logger = logging.getLogger(__name__)

Record = TypeVar("Record")

COMMIT_RECORDS = 200
COMMIT_SECONDS = 2.0
LONGEST_RECORD = 1 << 24
"""More bytes without a newline are damage, whatever they say."""


class Journal(Generic[Record]):
    """Records of one type, one a line, each behind its own checksum.

    A record is handed to the operating system at once, so that a killed process loses none; it is
    forced to the disk with others of its group, so that a power cut loses at most the last group.
    A line that is torn or damaged is skipped at reading: its work is done again.

    Args:
        path: The file; made with the first record.
        kind: The records' type, a dataclass.
    """

    def __init__(self, path: Path, kind: type[Record]) -> None:
        self._path = path
        self._kind = kind
        self._adapter: TypeAdapter[Record] = TypeAdapter(kind)
        self._file: int | None = None
        self._uncommitted = 0
        self._committed_at = time.monotonic()

    def __iter__(self) -> Iterator[Record]:
        """Yield the records written so far.

        Raises:
            StorageFailed: The file exists but cannot be read.
        """
        damaged = first_damaged = 0
        try:
            with self._path.open("rb") as content:
                for number, line in enumerate(_lines(content), start=1):
                    record = self._decode(line)
                    if record is None:
                        damaged += 1
                        first_damaged = first_damaged or number
                    else:
                        yield record
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageFailed(
                f"{self._path} cannot be read: {error.strerror or error}; permit reading it, or "
                "start over with --fresh."
            ) from error
        if damaged:
            self._warn_of(damaged, first_damaged)

    def derived(self, name: str) -> "Journal[Record]":
        """Return another journal of such records, beside this one and called after it."""
        kind: type[Record] = self._kind
        return Journal(self._path.with_name(f"{self._path.stem}-{name}.jsonl"), kind)

    def append(self, record: Record) -> None:
        """Write a record.

        Raises:
            StorageFailed: The disk refuses.
        """
        content = self._adapter.dump_json(record)
        line = b"%08x %s\n" % (zlib.crc32(content), content)
        try:
            if self._file is None:
                self._file = self._open()
            _write_all(self._file, line)
            self._uncommitted += 1
            due = time.monotonic() - self._committed_at >= COMMIT_SECONDS
            if due or self._uncommitted >= COMMIT_RECORDS:
                self._commit()
        except OSError as error:
            raise StorageFailed.at_writing(self._path, error) from error

    def __enter__(self) -> "Journal[Record]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Force the last group to the disk and close the file."""
        if self._file is None:
            return
        try:
            self._commit()
        except OSError as failure:
            raise StorageFailed.at_writing(self._path, failure) from failure
        finally:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        make_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            _write_all(descriptor, b"\n")  # keeps the next record off a torn last line
        force_names(self._path.parent)  # whoever made the file may have been killed before
        return descriptor

    def _commit(self) -> None:
        if self._file is not None and self._uncommitted:
            os.fsync(self._file)
            self._require_in_place(self._file)
        self._uncommitted = 0
        self._committed_at = time.monotonic()

    def _require_in_place(self, file: int) -> None:
        try:
            in_place = os.path.samestat(os.fstat(file), self._path.stat())
        except (FileNotFoundError, NotADirectoryError):
            in_place = False
        if not in_place:
            raise StorageFailed(
                f"{self._path} was deleted or replaced while the run worked, and what it kept is "
                "lost; run the same command again, which continues from what is there."
            )

    def _warn_of(self, damaged: int, first: int) -> None:
        if damaged == 1:
            logger.warning("%s line %d is damaged: doing it again", self._path, first)
        else:
            logger.warning(
                "%s has %d damaged lines, the first is line %d: doing them again",
                self._path,
                damaged,
                first,
            )

    def _decode(self, line: bytes) -> Record | None:
        checksum, _, content = line.rstrip(b"\n").partition(b" ")
        if checksum != b"%08x" % zlib.crc32(content):
            return None
        try:
            return self._adapter.validate_json(content)
        except ValidationError:
            return None


def _lines(content: IO[bytes]) -> Iterator[bytes]:
    """Yield each line, of an overlong one the beginning alone."""
    while line := content.readline(LONGEST_RECORD):
        rest = line
        while not rest.endswith(b"\n") and (rest := content.readline(LONGEST_RECORD)):
            pass
        yield line


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
