"""Rows of a Parquet file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.cases.unreadable import reason_of
from evaluator.errors import DataUnusable

BUFFER_BYTES = 1 << 20
BATCH_ROWS, BATCH_BYTES = 100, 128 << 20
BOMB_BYTES, BOMB_RATIO = 256 << 20, 1_000  # prose packs to a third or a tenth


@dataclass(frozen=True, slots=True)
class Parquet:
    """A Parquet file whose rows are read in pieces that fit the memory, whatever they unpack to.

    Attributes:
        path: The file.
    """

    path: Path

    def header(self) -> list[str]:
        """Return the columns' names.

        Raises:
            DataUnusable: It is no Parquet file, has a column twice, or pyarrow is not installed.
        """
        with self._opened() as file:
            names = list(file.schema_arrow.names)
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise DataUnusable(f"{self.path} has the column '{twice[0]}' twice; rename one.")
        return names

    def values(self, columns: Sequence[str | None]) -> Iterator[Sequence[Any]]:
        """Yield the values of each row, in the order of `columns`; None for a column without name.

        Raises:
            DataUnusable: A page is damaged, or a group of rows would unpack to far too much.
        """
        wanted = sorted({name for name in columns if name is not None})
        with self._opened() as file:
            for group in range(file.num_row_groups):
                rows = self._safe_rows(file, group, wanted)
                for batch in file.iter_batches(rows, row_groups=[group], columns=wanted):
                    absent = [None] * batch.num_rows
                    lists = {name: batch.column(name).to_pylist() for name in wanted}
                    picked = [absent if name is None else lists[name] for name in columns]
                    yield from zip(*picked, strict=True)

    def _safe_rows(self, file: Any, group: int, wanted: Sequence[str]) -> int:
        """Return how many rows fit the memory even where one text, stored once, fills them all."""
        told = file.metadata.row_group(group)
        self._refuse_bomb(told.total_byte_size, self.path.stat().st_size)
        # At a column that contradicts itself a reader raises; its description ends the process.
        next(file.iter_batches(1, row_groups=[group], columns=wanted), None)
        paths = [file.schema.column(number).path for number in range(told.num_columns)]
        read = [
            told.column(number)
            for number, path in enumerate(paths)
            if path.partition(".")[0] in wanted
        ]
        for chunk in read:
            self._refuse_bomb(chunk.total_uncompressed_size, chunk.total_compressed_size)
        largest: int = max([1, *(chunk.total_uncompressed_size for chunk in read)])
        return max(1, min(BATCH_ROWS, BATCH_BYTES // largest))

    def _refuse_bomb(self, unpacked: int, packed: int) -> None:
        times = unpacked // max(1, packed)
        if unpacked > BOMB_BYTES and times >= BOMB_RATIO:
            raise DataUnusable(
                f"{self.path} would unpack to {times:,} times its size: write it anew without "
                "repeating one text so often."
            )

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            raise DataUnusable(
                f"reading {self.path} needs pyarrow: pip install 'llm-judge-evaluator[parquet]'."
            ) from None
        try:
            # A group of rows, which may be the whole file, is read in pieces, not at once.
            with parquet.ParquetFile(self.path, pre_buffer=False, buffer_size=BUFFER_BYTES) as file:
                yield file
        except pyarrow.ArrowException as error:
            raise DataUnusable(f"{self.path} is not a Parquet file: {reason_of(error)}.") from error
