"""Rows of a CSV, JSONL or Parquet file, perhaps compressed, read as text and streamed."""

import csv
import gzip
import io
import json
import math
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any

from evaluator.cases.digest import Digested, opened_digesting
from evaluator.cases.lines import LONGEST_RECORD, RecordLines, bounded_lines
from evaluator.cases.parquet import Parquet
from evaluator.cases.unreadable import clear_errors, reason_of
from evaluator.cases.width import require_few_columns
from evaluator.errors import DataUnusable

RECORDS_WITH_EVERY_KEY = 10_000
COMPRESSIONS = frozenset({".gz", ".zst"})
LONE_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table.

    Attributes:
        number: 1-based position among the records.
        values: The wanted columns in the order asked for; None where a column is absent or null.
    """

    number: int
    values: tuple[str | None, ...]


class Table:
    """A CSV, JSONL or Parquet file whose rows can be read many times.

    Args:
        path: A file ending in `.csv`, `.jsonl` or `.parquet`; the first two also followed by `.gz`
            or `.zst`.
        digested: Told the file's digest whenever it was read to its end; of Parquet, of which only
            columns are read, never.

    Raises:
        DataUnusable: The file is missing, empty, unreadable, too wide or of another kind.
    """

    def __init__(self, path: Path, digested: Digested | None = None) -> None:
        self.path = path
        self._file = _format_of(path, digested)
        with clear_errors(path):
            if path.stat().st_size == 0:
                raise DataUnusable(f"{path} is empty.")
            self.header = self._file.header()
            require_few_columns(len(self.header), path)

    def rows(self, columns: Sequence[str | None]) -> Iterator[Row]:
        """Yield every row's values for `columns`.

        Raises:
            DataUnusable: A record cannot be read; the message names its line.
        """
        with clear_errors(self.path):
            for number, values in enumerate(self._file.values(columns), start=1):
                yield Row(number, tuple(self._text(value, number) for value in values))

    def _text(self, value: Any, number: int) -> str | None:
        if isinstance(value, str) and value.isascii():
            return value  # as most are, and with nothing to replace
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, list | dict):
            raise DataUnusable(f"{self.path} record {number} holds a list or an object for a text.")
        text = value.decode() if isinstance(value, bytes) else str(value)
        try:
            text.encode()  # tells many times sooner than a search that there is nothing to replace
        except UnicodeEncodeError:
            return LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
        return text


def _format_of(path: Path, digested: Digested | None) -> "_Csv | _Jsonl | Parquet":
    packed = path.suffix.lower() in COMPRESSIONS
    match (path.with_suffix("") if packed else path).suffix.lower():
        case ".csv":
            return _Csv(path, digested)
        case ".jsonl" | ".ndjson":
            return _Jsonl(path, digested)
        case ".parquet" if not packed:
            return Parquet(path)
    raise DataUnusable(f"{path} is not a .csv, .jsonl or .parquet file.")


@contextmanager
def _text_of(path: Path, digested: Digested | None) -> Iterator[IO[str]]:
    """Open a file's text, decompressing as it is read."""
    with ExitStack() as opened:
        content: Any = opened.enter_context(
            path.open("rb") if digested is None else opened_digesting(path, digested)
        )
        damaged: tuple[type[Exception], ...] = (EOFError, zlib.error)
        if path.suffix.lower() == ".gz":
            content = opened.enter_context(gzip.open(content))
        elif path.suffix.lower() == ".zst":
            zstd = _zstd(path)
            content = opened.enter_context(zstd.open(content))
            damaged = (EOFError, zstd.ZstdError)
        try:
            # Newlines stay as they are: a quoted CSV field may hold any of them.
            yield opened.enter_context(io.TextIOWrapper(content, "utf-8-sig", newline=""))
        except damaged as error:
            raise DataUnusable(f"{path} cannot be read: {reason_of(error)}.") from error


def _zstd(path: Path) -> Any:
    try:
        return import_module(
            "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        )
    except ImportError:
        raise DataUnusable(
            f"reading {path} needs backports.zstd: pip install 'llm-judge-evaluator[zstd]'."
        ) from None


@dataclass(frozen=True, slots=True)
class _Csv:
    path: Path
    digested: Digested | None

    def header(self) -> list[str]:
        return next(self._records(None))

    def values(self, columns: Sequence[str | None]) -> Iterator[Sequence[Any]]:
        records = self._records(self.digested)
        header = next(records)
        places = [None if name is None else self._place(header, name) for name in columns]
        for record in records:
            record.extend([""] * (len(header) - len(record)))
            yield [None if place is None else record[place] for place in places]

    def _place(self, header: Sequence[str], name: str) -> int:
        if header.count(name) > 1:
            raise DataUnusable(f"{self.path} has the column '{name}' more than once; rename one.")
        return header.index(name)

    def _records(self, digested: Digested | None) -> Iterator[list[str]]:
        """Yield the header, then every record, none of more fields."""
        with _text_of(self.path, digested) as text:
            numbered = self._numbered(RecordLines(text, self.path))
            _, header = next(numbered, (0, None))
            if header is None:
                raise self._malformed("it has no header")
            yield header
            for line, record in numbered:
                if len(record) > len(header):
                    found = f"line {line} has {len(record):,} fields, the header {len(header):,}"
                    raise self._malformed(found)
                yield record

    def _numbered(self, lines: RecordLines) -> Iterator[tuple[int, list[str]]]:
        """Yield every record that is not blank, with the line in which it begins."""
        csv.field_size_limit(LONGEST_RECORD)
        records = csv.reader(lines, strict=True)
        line = 1
        try:
            for record in records:
                blank = _is_blank(record)
                lines.end_record(blank=blank)
                if not blank:
                    yield line, record
                line = records.line_num + 1
        except csv.Error as error:
            raise self._malformed(f"in the record of line {line}, {error}") from error

    def _malformed(self, reason: str) -> DataUnusable:
        return DataUnusable(f"{self.path} is not a well-formed CSV file: {reason}.")


def _is_blank(record: Sequence[str]) -> bool:
    """Tell a line without a field, or with nothing but white space, from an empty quoted field."""
    return not record or (len(record) == 1 and record[0].isspace())


@dataclass(frozen=True, slots=True)
class _Jsonl:
    path: Path
    digested: Digested | None

    def header(self) -> list[str]:
        # A key may be absent from some records, so many are asked, not the first alone.
        keys = dict.fromkeys(
            key for record in islice(self._records(), RECORDS_WITH_EVERY_KEY) for key in record
        )
        if not keys:
            raise DataUnusable(f"{self.path} holds no records.")
        return list(keys)

    def values(self, columns: Sequence[str | None]) -> Iterator[Sequence[Any]]:
        for record in self._records():
            yield [None if name is None else record.get(name) for name in columns]

    def _records(self) -> Iterator[dict[str, Any]]:
        with _text_of(self.path, self.digested) as lines:
            for number, line in enumerate(bounded_lines(lines, self.path), start=1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    reason = getattr(error, "msg", error)
                    raise DataUnusable(
                        f"{self.path} line {number} is not JSON: {reason}."
                    ) from None
                if not isinstance(record, dict):
                    raise DataUnusable(f"{self.path} line {number} is not a JSON object.")
                yield record
