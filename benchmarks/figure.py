"""A measured figure, always with what it was measured against in the same run."""

from dataclasses import dataclass

from benchmarks.table import Cell, shown


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a benchmark's result.

    Attributes:
        name: What was measured.
        value: The measurement.
        unit: Its unit.
        against: What it is compared with.
        baseline: The same measurement of that, in the same run and unit.
        target: The most that `value` should be, if there is one.
    """

    name: str
    value: float
    unit: str
    against: str
    baseline: float
    target: float | None = None

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "figure": self.name,
            "measured": self.value,
            "unit": self.unit,
            "at most": self.target,
            "ratio": self.value / self.baseline,
            "against, in the same run": f"{self.against} ({shown(self.baseline)} {self.unit})",
        }
