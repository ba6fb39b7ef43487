"""An append-only file of records that survives kills and torn writes."""

import logging
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from evaluator.errors import StorageFailed

logger = logging.getLogger(__name__)

Record = TypeVar("Record")

COMMIT_RECORDS = 200
COMMIT_SECONDS = 2.0


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
        self._adapter: TypeAdapter[Record] = TypeAdapter(kind)
        self._file: int | None = None
        self._uncommitted = 0
        self._committed_at = time.monotonic()

    def __iter__(self) -> Iterator[Record]:
        """Yield the records written so far.

        Raises:
            StorageFailed: The file exists but cannot be read.
        """
        try:
            with self._path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    record = self._decode(line)
                    if record is None:
                        logger.warning("%s line %d is damaged: doing it again", self._path, number)
                    else:
                        yield record
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageFailed(f"{self._path} cannot be read: {error.strerror}.") from error

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
            raise StorageFailed(f"{self._path} cannot be written: {error.strerror}.") from error

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
            raise StorageFailed(f"{self._path} cannot be written: {failure.strerror}.") from failure
        finally:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            _write_all(descriptor, b"\n")  # keeps the next record off a torn last line
        return descriptor

    def _commit(self) -> None:
        if self._file is not None and self._uncommitted:
            os.fsync(self._file)
        self._uncommitted = 0
        self._committed_at = time.monotonic()

    def _decode(self, line: bytes) -> Record | None:
        checksum, _, content = line.rstrip(b"\n").partition(b" ")
        if checksum != b"%08x" % zlib.crc32(content):
            return None
        try:
            return self._adapter.validate_json(content)
        except ValidationError:
            return None


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
