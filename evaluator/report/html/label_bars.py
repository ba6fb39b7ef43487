"""Recall of each label with its interval, drawn as SVG."""

from collections.abc import Sequence

import drawsvg
from markupsafe import Markup

from evaluator.report.html.drawing import (
    ROW,
    as_markup,
    at,
    draw_tick,
    drawing_of_rows,
    short_name,
    upright,
    whisker,
)
from evaluator.report.summary import LabelRow
from evaluator.report.wording import decimal, percent, percent_interval, printable
from evaluator.statistics.intervals import rate_interval

BAR = 12
COUNT, BEFORE_COUNT = 76, 12
"""Room for the number of cases, and before it, in pixels."""
MOST_BARS = 40


def label_bars(rows: Sequence[LabelRow]) -> Markup:
    """Return a bar of recall for each row, its Wilson interval, and a mark at its mean score.

    The score counts near misses as well, so that the way from the bar's end to the mark is what a
    label's misses are still worth.
    """
    drawing = drawing_of_rows(
        [short_name(row.label) for row in rows],
        COUNT,
        "Recall by label; the same numbers are in the table below",
    )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        draw_tick(drawing, share, len(rows), f"{100 * share:.0f} %")
    for place, row in enumerate(rows):
        drawing.append(_bar(row, ROW * (place + 0.5)))
    return as_markup(drawing)


def _rests_on_hits(row: LabelRow) -> bool:
    """Return whether the mean score leaves all misses out, because none has a verdict."""
    return row.recall < 1 and row.error_relevance is None


def _bar(row: LabelRow, y: float) -> drawsvg.Group:
    ends = rate_interval(round(row.recall * row.n), row.n)
    group = drawsvg.Group()
    bar = drawsvg.Rectangle("0%", y - BAR / 2, at(row.recall), BAR, rx=2, class_="bar")
    bar.append_title(
        f"{printable(row.label)}: recall {percent(row.recall)} ({percent_interval(ends)}), "
        f"mean score {decimal(row.score)}"
    )
    group.append(bar)
    if ends is not None:
        group.append(whisker(*ends, y))
        for end in ends:
            group.append(upright(end, y - BAR / 4, BAR / 2, "whisker"))
    if row.score is not None and not _rests_on_hits(row):
        group.append(drawsvg.Circle(at(row.score), y, BAR / 3, class_="score-mark"))
    beside = f"translate({BEFORE_COUNT} 0)"
    group.append(drawsvg.Text(f"n = {row.n}", None, "100%", y, class_="count", transform=beside))
    return group
