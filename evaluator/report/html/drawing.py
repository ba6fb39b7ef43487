"""What the drawings of a page share: names of labels, and rows that are as wide as there is room.

Drawings hold texts of strangers in text nodes alone, which the library escapes; of attributes it
escapes none, so these hold nothing but numbers and words of ours.
"""

import unicodedata
from collections.abc import Sequence

import drawsvg
from markupsafe import Markup

from evaluator.report.wording import clipped, printable

ROW, PADDING = 24, 8
LINE = 1.5
WIDEST_NAME = 200
"""Room for a label beside a drawing, in pixels."""


def short_name(label: str) -> str:
    """Return a label short enough to stand beside a drawing."""
    name = printable(clipped(label, WIDEST_NAME))
    for length in range(len(name), 0, -1):
        if name_width(shown := clipped(name, length)) <= WIDEST_NAME:
            return shown
    return name


def name_width(name: str) -> float:
    """Return how wide a name is at most in the fonts of the style sheet, in pixels."""
    return sum(map(_width, name))


def drawing_of_rows(names: Sequence[str], right: float, description: str) -> drawsvg.Drawing:
    """Return a drawing with a name for each row, and below them a row for an axis.

    What is put into it stands at percentages of its content box; names are in its padding.

    Args:
        names: Short names.
        right: Room on the right, in pixels.
        description: What a reader who cannot see the drawing is told, in words of ours.
    """
    left = 2 * PADDING + max(map(name_width, names), default=0)
    drawing = drawsvg.Drawing(
        "100%",
        ROW * (len(names) + 1),
        viewBox=None,
        role="img",
        class_="rows",
        style=f"padding:0 {right:.0f}px 0 {left:.0f}px",
        aria_label=description,
    )
    for place, name in enumerate(names):
        drawing.append(drawsvg.Text(name, None, -PADDING, ROW * (place + 0.5), class_="row-name"))
    return drawing


def draw_tick(
    drawing: drawsvg.Drawing, share: float, rows: int, name: str, kind: str = "tick"
) -> None:
    """Draw a line through all rows, and its name below them.

    A narrow screen has no room for the names of ordinary ticks between the ends.
    """
    drawing.append(upright(share, 0, ROW * rows, kind))
    style = "tick-name between" if kind == "tick" and 0 < share < 1 else "tick-name"
    drawing.append(drawsvg.Text(name, None, at(share), ROW * (rows + 0.5), class_=style))


def upright(share: float, top: float, height: float, kind: str) -> drawsvg.Rectangle:
    """Return an upright line; a path could not stand at a percentage."""
    return drawsvg.Rectangle(
        at(share), top, LINE, height, class_=kind, transform=f"translate({-LINE / 2:g} 0)"
    )


def whisker(low: float, high: float, y: float) -> drawsvg.Rectangle:
    """Return a line from one share to another."""
    return drawsvg.Rectangle(at(low), y - LINE / 2, at(high - low), LINE, class_="whisker")


def at(share: float) -> str:
    """Return a share of the width, 0 to 1, as an attribute."""
    return f"{100 * share:.6g}%"


def as_markup(drawing: drawsvg.Drawing) -> Markup:
    """Return a drawing as an element of a page."""
    return Markup(drawing.as_svg(header=""))  # noqa: S704 - its texts are escaped, see above


def _width(character: str) -> float:
    if unicodedata.east_asian_width(character) in {"W", "F"} or character in "mwMW@%":
        return 12.5
    return 9.0 if character.isupper() else 7.6
