"""Differences with their intervals around zero, drawn as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import drawsvg
from markupsafe import Markup

from evaluator.report.agreement import Measure
from evaluator.report.comparison_wording import points, with_interval
from evaluator.report.html.drawing import (
    ROW,
    as_markup,
    at,
    draw_tick,
    drawing_of_rows,
    short_name,
    whisker,
)
from evaluator.report.wording import printable

POINT = 4
MARGIN = 40
"""Room for the outermost ticks' names, in pixels."""
SMALLEST_SPAN = 0.01


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of the drawing: what differs, and by how much, -1 to 1."""

    name: str
    change: Measure


def difference_plot(differences: Sequence[Difference], description: str) -> Markup:
    """Return a point for each difference, and its interval; those that leave 0 out are coloured.

    Args:
        differences: The lines; those without a value are left out.
        description: What a reader who cannot see the drawing is told, in words of ours.
    """
    known = [one for one in differences if one.change.value is not None]
    span = max([SMALLEST_SPAN, *(abs(end) for one in known for end in _ends(one.change))])
    drawing = drawing_of_rows([short_name(one.name) for one in known], MARGIN, description)
    for share in (-1, -0.5, 0, 0.5, 1):
        kind = "tick" if share else "tick zero"
        place = _place(share * span, span)
        draw_tick(drawing, place, len(known), points(share * span), kind)
    for row, one in enumerate(known):
        drawing.append(_line(one, span, ROW * (row + 0.5)))
    return as_markup(drawing)


def _line(one: Difference, span: float, y: float) -> drawsvg.Group:
    low, high = _ends(one.change)
    kind = "gain" if low > 0 else "loss" if high < 0 else "even"
    group = drawsvg.Group(class_=f"difference {kind}")
    if one.change.ci95 is not None:
        group.append(whisker(_place(low, span), _place(high, span), y))
    point = drawsvg.Circle(at(_place(one.change.value or 0.0, span)), y, POINT)
    point.append_title(f"{printable(one.name)}: {with_interval(points, one.change, ' points')}")
    group.append(point)
    return group


def _place(change: float, span: float) -> float:
    """Return where a change stands between the largest loss, 0, and the largest gain, 1."""
    return (1 + change / span) / 2


def _ends(change: Measure) -> tuple[float, float]:
    """Return the ends of a change's interval; without one, of all that it might be."""
    if change.ci95 is not None:
        return change.ci95
    value = change.value or 0.0
    return min(value, 0.0), max(value, 0.0)
