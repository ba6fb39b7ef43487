"""`results/NAME.json`: what a benchmark measured, when, where and with which versions."""

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.table import Cell, Row
from evaluator.statistics.estimate import Estimate

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("llm-judge-evaluator", "xllamacpp", "numpy", "torch", "transformers")
PROCESSORS = Path("/proc/cpuinfo")
MEMORY = Path("/proc/meminfo")


class _Saved(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SavedEstimate(_Saved):
    """An estimate as it is kept."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class SavedTable(_Saved):
    """Rows with the same columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | SavedEstimate | None, ...], ...]

    @property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows as they were measured."""
        return tuple(tuple(map(_measured, row)) for row in self.rows)


class Results(_Saved):
    """All that a benchmark measured in one run.

    Attributes:
        benchmark: Its name.
        measured: The day.
        machine: The kind of machine.
        load: Its load average over the last 15 minutes, at the end of the run: programs that wanted
            a processor, this one among them. None where it is not told.
        versions: Of what it depends on, by package.
        tables: The rows.
        notes: Sentences that it added to them.
    """

    benchmark: str
    measured: str
    machine: str
    load: float | None = None
    versions: dict[str, str]
    tables: tuple[SavedTable, ...]
    notes: tuple[str, ...] = ()


def results_of(benchmark: str, yielded: Iterable[Row | str]) -> Results:
    """Return results made of what a benchmark yielded, each change of columns a new table."""
    tables: list[tuple[tuple[str, ...], list[Mapping[str, Cell]]]] = []
    notes = []
    for one in yielded:
        if isinstance(one, str):
            notes.append(one)
            continue
        columns = tuple(one.cells)
        if not tables or tables[-1][0] != columns:
            tables.append((columns, []))
        tables[-1][1].append(one.cells)
    return Results(
        benchmark=benchmark,
        measured=datetime.now(UTC).date().isoformat(),
        machine=_machine(),
        load=round(os.getloadavg()[2], 1) if hasattr(os, "getloadavg") else None,
        versions=_versions(),
        tables=tuple(
            SavedTable(
                columns=columns,
                rows=tuple(tuple(map(_saved, row.values())) for row in rows),
            )
            for columns, rows in tables
        ),
        notes=tuple(notes),
    )


def save(results: Results) -> None:
    """Write results to the folder that the documentation is made of."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{results.benchmark}.json"
    path.write_text(results.model_dump_json(indent=1) + "\n", "utf-8")


def _saved(cell: Cell) -> str | int | float | SavedEstimate | None:
    if not isinstance(cell, Estimate):
        return cell
    low, high = cell.interval or (None, None)
    return SavedEstimate(value=cell.value, low=low, high=high, n=cell.n)


def _measured(cell: str | int | float | SavedEstimate | None) -> Cell:
    if not isinstance(cell, SavedEstimate):
        return cell
    interval = None if cell.low is None or cell.high is None else (cell.low, cell.high)
    return Estimate(cell.value, interval, cell.n)


def _machine() -> str:
    """Return processors and memory, as Linux tells them."""
    parts = [f"{os.cpu_count()} processors"]
    if PROCESSORS.exists():
        lines = PROCESSORS.read_text("utf-8").splitlines()
        named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        parts.append(next(named, platform.machine()))
    if MEMORY.exists():
        kibibytes = int(MEMORY.read_text("utf-8").split()[1])
        parts.append(f"{kibibytes / 2**20:.0f} GiB")
    return f"{', '.join(parts)}, {platform.system()}"


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
