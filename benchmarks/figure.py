"""A measured figure, always with what it was measured against in the same run."""

from dataclasses import dataclass


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

    def __str__(self) -> str:
        """Return the figure as a Markdown table row."""
        ratio = self.value / self.baseline
        target = "" if self.target is None else f"≤ {self.target:g}"
        return (
            f"| {self.name} | {self.value:.3g} {self.unit} | {target} | "
            f"{ratio:.2f} × {self.against} ({self.baseline:.3g} {self.unit}) |"
        )


HEADER = "| figure | measured | to reach | ratio in the same run |\n| --- | --- | --- | --- |"
