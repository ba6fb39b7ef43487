"""What people say of predictions: their ratings, read from a table."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluator.cases.table import Table
from evaluator.errors import DataUnusable
from evaluator.judge.overrides import Level
from evaluator.judge.rubric import Levels
from evaluator.run.spreadsheet import meant

Draw = Literal["random", "uncertain"]
Unit = Literal["cases", "pairs"]

ID, PREDICTED, GOLD, HUMAN, DRAWN, SEED = "id", "predicted", "gold", "human", "drawn", "seed"
RATING_COLUMN = re.compile(rf"{HUMAN}(_\d+)?")
LEVELS: tuple[Level, ...] = ("same", "related", "unrelated")


_Named = tuple[str | None, str | None, str | None]
"""Case id, predicted and gold label."""


@dataclass(frozen=True, slots=True)
class RatedPrediction:
    """A case or a pair with its ratings.

    Attributes:
        case_id: The case's id; None for a pair.
        predicted: The predicted label or text; None where the table does not show a case's.
        gold: The gold label, likewise.
        ratings: What the raters said, at least one.
    """

    case_id: str | None
    predicted: str | None
    gold: str | None
    ratings: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class HumanLabels:
    """A table of ratings.

    Attributes:
        unit: What its rows are.
        rated: The cases or pairs that have a rating, in file order.
        unrated: How many have none yet.
        drawn: How its rows were chosen, where `evaluator agreement sample` chose them.
    """

    unit: Unit
    rated: tuple[RatedPrediction, ...]
    unrated: int
    drawn: Draw | None


def read_human_labels(path: Path, levels: Levels) -> HumanLabels:
    """Read ratings of cases (`id,human`) or of pairs (`predicted,gold,human`).

    A rating is a level's name or its score. Further raters stand in `human_2` and so on, or in
    further rows of the same case or pair.

    Args:
        path: The table.
        levels: Scores of the rubric's levels.

    Raises:
        DataUnusable: The file or a column is missing, a rating is no level, nothing is rated, or
            draws of both kinds are mixed.
    """
    table = Table(path)
    unit = _unit_of(table)
    wanted = (ID if unit == "cases" else None, PREDICTED, GOLD, DRAWN)
    shown = [name if name in table.header else None for name in wanted]
    raters = [name for name in table.header if RATING_COLUMN.fullmatch(name)]
    spellings = _spellings(levels)
    ratings: dict[_Named, list[Level]] = {}
    draws: set[str] = set()
    for row in table.rows([*shown, *raters]):
        place = f"{path} record {row.number}"
        case_id, predicted, gold, drawn, *said = (
            None if cell is None else meant(cell.strip()) for cell in row.values
        )
        if not (case_id if unit == "cases" else predicted and gold):
            raise DataUnusable(f"{place} does not say which of the {unit} it rates.")
        draws.add(drawn or "")
        rated_so_far = ratings.setdefault((case_id, predicted, gold), [])
        rated_so_far.extend(_ratings(said, spellings, place))
    rated = tuple(RatedPrediction(*key, tuple(said)) for key, said in ratings.items() if said)
    if not rated:
        raise DataUnusable(f"{path} rates nothing yet; fill in its column '{HUMAN}'.")
    return HumanLabels(unit, rated, len(ratings) - len(rated), _draw(path, draws))


def _unit_of(table: Table) -> Unit:
    if HUMAN in table.header:
        if ID in table.header:
            return "cases"
        if PREDICTED in table.header and GOLD in table.header:
            return "pairs"
    raise DataUnusable(
        f"{table.path} has the columns {', '.join(table.header)}; ratings of cases need "
        f"{ID},{HUMAN} and ratings of pairs {PREDICTED},{GOLD},{HUMAN}."
    )


def _spellings(levels: Levels) -> dict[str | float, Level]:
    return {spelling: name for name in LEVELS for spelling in (name, getattr(levels, name))}


def _ratings(
    cells: Iterable[str | None], spellings: Mapping[str | float, Level], place: str
) -> Iterator[Level]:
    for cell in cells:
        if not cell:
            continue
        level = spellings.get(_name_or_score(cell))
        if level is None:
            known = ", ".join(f"{one:g}" if isinstance(one, float) else one for one in spellings)
            raise DataUnusable(f"{place} has the rating '{cell}', which is none of {known}.")
        yield level


def _name_or_score(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell.casefold()


def _draw(path: Path, found: set[str]) -> Draw | None:
    match sorted(found):
        case [""]:
            return None
        case ["random"]:
            return "random"
        case ["uncertain"]:
            return "uncertain"
    raise DataUnusable(
        f"{path} mixes rows that were drawn in different ways and so stands for no population; "
        "keep each draw in a file of its own."
    )
