"""Differences with their intervals around zero, drawn as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import drawsvg
from markupsafe import Markup

from evaluator.report.agreement import Measure
from evaluator.report.comparison_wording import points, with_interval
from evaluator.report.html.heat_map import CHARACTER, as_markup, short_name

ROW, POINT, TRACK, PADDING = 24, 4, 440, 8
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
    names = [short_name(one.name) for one in known]
    left = max((len(name) for name in names), default=0) * CHARACTER + PADDING
    span = max([SMALLEST_SPAN, *(abs(end) for one in known for end in _ends(one.change))])
    height = ROW * (len(known) + 1)
    drawing = drawsvg.Drawing(
        round(left + TRACK + 6 * PADDING),
        height,
        role="img",
        class_="bars",
        aria_label=description,
    )
    zero = left + 3 * PADDING + TRACK / 2
    for share in (-1, -0.5, 0, 0.5, 1):
        x = zero + share * TRACK / 2
        style = "tick zero" if share == 0 else "tick"
        drawing.append(drawsvg.Line(x, 0, x, height - ROW, class_=style))
        drawing.append(
            drawsvg.Text(points(share * span), None, x, height - ROW / 2, class_="tick-name")
        )
    for place, (name, one) in enumerate(zip(names, known, strict=True)):
        y = ROW * (place + 0.5)
        drawing.append(drawsvg.Text(name, None, left, y, class_="row-name"))
        drawing.append(_line(one, zero, TRACK / 2 / span, y))
    return as_markup(drawing)


def _line(one: Difference, zero: float, scale: float, y: float) -> drawsvg.Group:
    low, high = _ends(one.change)
    kind = "gain" if low > 0 else "loss" if high < 0 else "even"
    group = drawsvg.Group(class_=f"difference {kind}")
    if one.change.ci95 is not None:
        group.append(drawsvg.Line(zero + low * scale, y, zero + high * scale, y, class_="whisker"))
    point = drawsvg.Circle(zero + (one.change.value or 0.0) * scale, y, POINT)
    point.append_title(f"{one.name}: {with_interval(points, one.change, ' points')}")
    group.append(point)
    return group


def _ends(change: Measure) -> tuple[float, float]:
    """Return the ends of a change's interval; without one, of all that it might be."""
    if change.ci95 is not None:
        return change.ci95
    value = change.value or 0.0
    return min(value, 0.0), max(value, 0.0)
