"""Recall of each label with its interval, drawn as SVG."""

from collections.abc import Sequence

import drawsvg
from markupsafe import Markup

from evaluator.report.html.heat_map import CHARACTER, as_markup, short_name
from evaluator.report.summary import LabelRow
from evaluator.report.wording import decimal, percent, percent_interval
from evaluator.statistics.intervals import rate_interval

ROW, BAR, TRACK, PADDING = 24, 12, 440, 8
COUNT = 52
MOST_BARS = 40


def label_bars(rows: Sequence[LabelRow]) -> Markup:
    """Return a bar of recall for each row, its Wilson interval, and a mark at its mean score.

    The score counts near misses as well, so that the way from the bar's end to the mark is what a
    label's misses are still worth.
    """
    names = [short_name(row.label) for row in rows]
    left = max((len(name) for name in names), default=0) * CHARACTER + PADDING
    height = ROW * (len(rows) + 1)
    drawing = drawsvg.Drawing(
        round(left + TRACK + COUNT + 3 * PADDING),
        height,
        role="img",
        class_="bars",
        aria_label="Recall by label; the same numbers are in the table below",
    )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = left + PADDING + TRACK * share
        drawing.append(drawsvg.Line(x, 0, x, height - ROW, class_="tick"))
        drawing.append(
            drawsvg.Text(f"{100 * share:.0f} %", None, x, height - ROW / 2, class_="tick-name")
        )
    for place, (name, row) in enumerate(zip(names, rows, strict=True)):
        drawing.append(_bar(name, row, left, ROW * (place + 0.5)))
    return as_markup(drawing)


def _bar(name: str, row: LabelRow, left: float, y: float) -> drawsvg.Group:
    start = left + PADDING
    ends = rate_interval(round(row.recall * row.n), row.n)
    group = drawsvg.Group()
    group.append(drawsvg.Text(name, None, left, y, class_="row-name"))
    bar = drawsvg.Rectangle(start, y - BAR / 2, TRACK * row.recall, BAR, rx=2, class_="bar")
    bar.append_title(
        f"{row.label}: recall {percent(row.recall)} ({percent_interval(ends)}), "
        f"mean score {decimal(row.score)}"
    )
    group.append(bar)
    if ends is not None:
        low, high = (start + TRACK * end for end in ends)
        group.append(drawsvg.Line(low, y, high, y, class_="whisker"))
        for x in (low, high):
            group.append(drawsvg.Line(x, y - BAR / 4, x, y + BAR / 4, class_="whisker"))
    if row.score is not None:
        group.append(drawsvg.Circle(start + TRACK * row.score, y, BAR / 3, class_="score-mark"))
    count = start + TRACK + COUNT
    group.append(drawsvg.Text(f"n = {row.n}", None, count, y, class_="row-name"))
    return group
