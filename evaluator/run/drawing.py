"""The work of `evaluator agreement sample`: what is worth a human rating."""

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from evaluator.cases.table import Table
from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.labels import LabelPair
from evaluator.report.case_line import CaseLine
from evaluator.run.directory import write_whole
from evaluator.run.finished import FinishedRun, read_finished
from evaluator.run.human_labels import DRAWN, GOLD, HUMAN, ID, PREDICTED, SEED, Draw
from evaluator.run.rating import judged_pair, verdict_on
from evaluator.run.spreadsheet import harmless, meant

COLUMNS: dict[Draw, tuple[str, ...]] = {
    "random": (ID, GOLD, PREDICTED, HUMAN, DRAWN, SEED),
    "uncertain": (GOLD, PREDICTED, HUMAN, DRAWN),
}
"""What a rater sees. No verdict is among it: to know the judge's would bias the rater's."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn.

    Attributes:
        added: Rows that were added to the table.
        before: Rows that it held already.
    """

    added: int
    before: int


def draw_for_rating(path: Path, n: int, how: Draw, seed: int, output: Path) -> Drawn:
    """Draw cases at random, or pairs of which the judge is unsure, into a table for raters.

    A table of the same kind of draw is continued with what it does not hold yet.

    Args:
        path: The run directory; for pairs also a `matrix.json`.
        n: How many to draw; fewer where there are no more.
        how: `random` cases, which stand for all of the run, or `uncertain` pairs.
        seed: Seed of the draw at random.
        output: The `.csv` file.

    Raises:
        ConfigError: The run cannot be read or has not ended, or the table is of another draw.
        DataUnusable: There is nothing to draw, or the table cannot be continued.
        StorageFailed: The table cannot be written.
    """
    run = read_finished(path)
    if output.suffix.lower() != ".csv":
        raise ConfigError(f"--output {output} must be a .csv file.")
    content, header, earlier = _earlier(output, how) if output.exists() else ("", COLUMNS[how], [])
    rows = (
        _random_cases(run, n, seed, earlier)
        if how == "random"
        else _uncertain_pairs(run, n, earlier)
    )
    if not rows:
        raise DataUnusable(f"{path} holds nothing more to draw for {output}.")
    write_whole(output, content + _csv(rows, header, with_header=not content))
    return Drawn(len(rows), len(earlier))


def _earlier(output: Path, how: Draw) -> tuple[str, Sequence[str], list[Row]]:
    """Return the table's content, which ends with a line's end, its columns and its rows."""
    table = Table(output)
    rows = [
        dict(zip(table.header, (value or "" for value in row.values), strict=True))
        for row in table.rows(table.header)
    ]
    if any(row.get(DRAWN) != how for row in rows):
        raise ConfigError(
            f"{output} holds rows that were not drawn as '{how}', and the two kinds are never "
            "mixed; name another file with --output."
        )
    missing = [name for name in COLUMNS[how] if name not in table.header]
    if missing:
        raise DataUnusable(f"{output} has lost its column '{missing[0]}'; name another --output.")
    content = output.read_bytes().decode()
    return (content if content.endswith("\n") else f"{content}\n"), table.header, rows


def _csv(rows: Iterable[Row], header: Sequence[str], *, with_header: bool) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    if with_header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _random_cases(run: FinishedRun, n: int, seed: int, earlier: list[Row]) -> list[Row]:
    """Return cases drawn uniformly from those scored and not drawn yet, in the order of the draw.

    Whoever rates the first so many of them has rated a random sample too. With the earlier rows the
    draw is as uniform as one draw of all.
    """
    if not run.has_cases:
        raise DataUnusable(f"{run.path} holds no judged cases to draw from.")
    before = {meant(row[ID]) for row in earlier}
    foreign, total = set(before), 0
    for case in run.cases():
        foreign.discard(case.id)
        total += _can_be_drawn(case, before)
    if foreign:
        raise DataUnusable(
            f"the table holds the case '{min(foreign)}', which is none of {run.path}; "
            "name another file with --output."
        )
    draw = random.Random(f"{seed}/{len(before)}")  # noqa: S311 - a sample, not a secret
    places = draw.sample(range(total), min(n, total))
    order = {place: at for at, place in enumerate(places)}
    left = (case for case in run.cases() if _can_be_drawn(case, before))
    cases = {order[place]: case for place, case in enumerate(left) if place in order}
    return [_case_row(cases[at], seed) for at in range(len(cases))]


def _can_be_drawn(case: CaseLine, before: Set[str]) -> bool:
    return case.score is not None and case.id not in before


def _case_row(case: CaseLine, seed: int) -> Row:
    return {
        ID: harmless(case.id),
        GOLD: harmless(case.gold),
        PREDICTED: harmless(case.predicted or ""),
        DRAWN: "random",
        SEED: str(seed),
    }


def _uncertain_pairs(run: FinishedRun, n: int, earlier: list[Row]) -> list[Row]:
    """Return the judged pairs that the score depends on most and the judge is least sure of.

    A pair's worth is the number of cases on which the judge errs if it errs on the pair, times the
    probability that it does: cases · min(P(related), 1 - P(related)). Pairs of equal worth, such as
    those without a case, are ordered by that probability.
    """
    labels, met = run.matrix.labels, _met(run)
    before = set()
    for row in earlier:
        one, other = (labels.resolve(meant(row[name])) for name in (PREDICTED, GOLD))
        if one is not None and other is not None and one is not other:
            before.add(labels.pair(one.name, other.name))
    left = [pair for pair in run.matrix.judgements if pair not in before]

    def worth(pair: LabelPair) -> tuple[float, float, str, str]:
        p_related = verdict_on(pair, run).p_related or 0.0
        doubt = min(p_related, 1 - p_related)
        cases = met[pair.first, pair.second] + met[pair.second, pair.first]
        return -cases * doubt, -doubt, pair.first, pair.second

    return [_pair_row(pair, met) for pair in sorted(left, key=worth)[:n]]


def _met(run: FinishedRun) -> Counter[tuple[str, str]]:
    """Return how many cases each pair decided on, by gold and predicted label."""
    met: Counter[tuple[str, str]] = Counter()
    for case in run.cases() if run.has_cases else ():
        pair = judged_pair(case, run.matrix)
        if pair is not None:
            other = pair.second if case.gold == pair.first else pair.first
            met[case.gold, other] += 1
    return met


def _pair_row(pair: LabelPair, met: Counter[tuple[str, str]]) -> Row:
    """Return a pair's row, in the direction in which it was met more often."""
    gold, predicted = pair.first, pair.second
    if met[predicted, gold] > met[gold, predicted]:
        gold, predicted = predicted, gold
    return {GOLD: harmless(gold), PREDICTED: harmless(predicted), DRAWN: "uncertain"}
