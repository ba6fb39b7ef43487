"""An estimate with its uncertainty."""

from dataclasses import dataclass

from evaluator.statistics.intervals import Interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value.

    Attributes:
        value: The value, never NaN; None where the measure is undefined.
        interval: Its interval at 95 %; None where there is no value, no variation or too little
            data for one.
        n: The units it is from: cases, items or labels.
    """

    value: float | None
    interval: Interval | None
    n: int
