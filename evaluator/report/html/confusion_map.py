"""The heat maps of a run: what was confused how often, and what the judge thinks of every pair."""

from collections.abc import Sequence

from markupsafe import Markup

from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.html.heat_map import HeatCell, heat_map
from evaluator.report.summary import Confusion, Summary
from evaluator.report.wording import counted, decimal, percent

WIDEST_MAP = 30
"""Labels up to which all that occur are drawn; of more, those that lose most."""
FAINTEST = 0.12


def drawn_labels(summary: Summary, names: Sequence[str]) -> list[str]:
    """Return the labels that are drawn: those that occur, in the order of the label set."""
    met = {row.label for row in summary.per_label}
    met |= {label for one in summary.confusions for label in (one.gold, one.predicted)}
    occurring = [name for name in names if name in met]
    if len(occurring) <= WIDEST_MAP:
        return occurring
    lost = dict.fromkeys(occurring, 0.0)
    for one in summary.confusions:
        for label in {one.gold, one.predicted} & lost.keys():
            lost[label] += _cost(one)
    worst = set(sorted(occurring, key=lambda name: -lost[name])[:WIDEST_MAP])
    return [name for name in occurring if name in worst]


def confusion_map(summary: Summary, names: Sequence[str], drawn: Sequence[str]) -> Markup:
    """Return the drawing of what was predicted for which gold label.

    A miss is coloured by how near it is, and the stronger the more it costs: its cases times what
    they lack of being related. So many cases of a near miss stay pale beside a few of a far one.

    Args:
        summary: The result.
        names: Names of the label set.
        drawn: Those that are drawn.
    """
    place = {name: index for index, name in enumerate(drawn)}
    in_set = {name: index for index, name in enumerate(names)}
    cells = [
        HeatCell(place[row.label], place[row.label], "hit", (str(hits),), _told(row.label, hits))
        for row in summary.per_label
        if row.label in place and (hits := round(row.recall * row.n))
    ]
    shown = [one for one in summary.confusions if one.gold in place and one.predicted in place]
    highest = max((_cost(one) for one in shown), default=0.0)
    for one in shown:
        heat = _cost(one) / highest if highest else 0.0
        cells.append(
            HeatCell(
                place[one.gold],
                place[one.predicted],
                "miss" if one.p_related is not None else "unjudged",
                (str(one.n), _short(one.p_related)),
                f"{one.gold} predicted as {one.predicted}: {counted(one.n, 'case')}, "
                f"P(related) {decimal(one.p_related)}",
                heat=FAINTEST + (1 - FAINTEST) * heat,
                nearness=one.p_related or 0.0,
                link=(in_set[one.gold], in_set[one.predicted]),
            )
        )
    description = (
        f"Confusion heat map of {len(drawn)} labels; the table below it has the same numbers"
    )
    return heat_map(drawn, cells, description)


def verdict_map(matrix: VerdictMatrix, drawn: Sequence[str]) -> Markup:
    """Return the drawing of P(related) of every pair, in percent."""
    cells = []
    for row, label in enumerate(drawn):
        for column, other in enumerate(drawn[:row]):
            pair = matrix.labels.pair(label, other)
            if pair in matrix.judgements or pair in matrix.overrides.levels:
                p = matrix.p_related(pair)
                tip = f"{label} and {other}: P(related) {percent(p)}"
                kind = "overruled" if pair in matrix.overrides.levels else "verdict"
                cells.append(HeatCell(row, column, kind, (f"{100 * p:.0f}",), tip, p, 1.0))
    description = f"P(related) of each pair of {len(drawn)} labels; the same numbers: pairs.csv"
    return heat_map(drawn, cells, description)


def _cost(one: Confusion) -> float:
    return one.n * (1 - (one.p_related or 0.0))


def _told(label: str, hits: int) -> str:
    return f"{label}: {counted(hits, 'case')} right"


def _short(p: float | None) -> str:
    """Return a probability without its leading zero, for a narrow cell."""
    return "–" if p is None else f"{p:.2f}".removeprefix("0")
