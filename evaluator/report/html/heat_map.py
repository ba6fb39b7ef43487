"""A square of labels against labels, drawn as SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import drawsvg
from markupsafe import Markup

from evaluator.report.html.drawing import as_markup, name_width, short_name
from evaluator.report.wording import printable

CELL_WIDTH, CELL_HEIGHT = 36, 32
SLANT = 0.72
"""How high a label above a column reaches, of its length."""
PADDING = 8


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell.

    Attributes:
        row: Its row, from 0.
        column: Its column, from 0.
        kind: Class by which the style sheet colours it.
        lines: One or two short lines in it.
        tip: What is told of it where a pointer rests.
        heat: How strongly it is coloured, 0 to 1.
        nearness: Which of the two colours, 0 (unrelated) to 1 (related).
        link: Places of its row and column among the labels, where it leads to its cases.
    """

    row: int
    column: int
    kind: str
    lines: tuple[str, ...]
    tip: str
    heat: float = 0.0
    nearness: float = 0.0
    link: tuple[int, int] | None = None


def heat_map(labels: Sequence[str], cells: Iterable[HeatCell], description: str) -> Markup:
    """Return the drawing.

    Args:
        labels: Names of rows and columns.
        cells: The cells that are not empty.
        description: What a reader who cannot see the drawing is told, in words of ours.
    """
    shown = [short_name(label) for label in labels]
    room = PADDING + max(map(name_width, shown), default=0)
    top = PADDING + SLANT * room
    width = room + CELL_WIDTH * len(labels) + SLANT * room
    height = top + CELL_HEIGHT * len(labels) + PADDING
    drawing = drawsvg.Drawing(
        round(width), round(height), role="img", class_="heat-map", aria_label=description
    )
    for place, label in enumerate(shown):
        _name(drawing, label, place, room, top)
    for cell in cells:
        drawing.append(_group(cell, room, top))
    return as_markup(drawing)


def _name(drawing: drawsvg.Drawing, label: str, place: int, left: float, top: float) -> None:
    middle = top + CELL_HEIGHT * (place + 0.5)
    drawing.append(
        drawsvg.Text(label, None, left - PADDING, middle, class_="row-name")  # styled by the page
    )
    x = left + CELL_WIDTH * (place + 0.5)
    turned = f"translate({x:g} {top - PADDING:g}) rotate(-45)"
    drawing.append(drawsvg.Text(label, None, 0, 0, class_="column-name", transform=turned))


def _group(cell: HeatCell, left: float, top: float) -> drawsvg.Group:
    x, y = left + CELL_WIDTH * cell.column, top + CELL_HEIGHT * cell.row
    colours = f"--heat:{100 * cell.heat:.0f}%;--near-share:{100 * cell.nearness:.0f}%"
    attributes: dict[str, object] = {"class_": f"cell {cell.kind}", "style": colours}
    if cell.link is not None:
        attributes |= {"data_gold": cell.link[0], "data_predicted": cell.link[1]}
    group = drawsvg.Group(**attributes)
    box = drawsvg.Rectangle(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, rx=3)
    box.append_title(printable(cell.tip))
    group.append(box)
    step = CELL_HEIGHT / (len(cell.lines) + 1)
    for number, line in enumerate(cell.lines, start=1):
        size = "main" if number == 1 else "lesser"
        group.append(drawsvg.Text(line, None, x + CELL_WIDTH / 2, y + step * number, class_=size))
    return group
