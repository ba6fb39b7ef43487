"""Overrides of single verdicts, read from a table."""

from pathlib import Path

from evaluator.cases.digest import file_sha256
from evaluator.cases.table import Table
from evaluator.errors import DataUnusable
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.overrides import Level, Overrides
from evaluator.run.human_labels import LEVELS
from evaluator.run.spreadsheet import meant

PREDICTED, GOLD, LEVEL = "predicted", "gold", "level"


def read_overrides(path: Path | None, labels: LabelSet) -> Overrides:
    """Read a table with the columns `predicted`, `gold` and `level`; others are for people.

    A pair has one level, whichever of its labels is predicted.

    Args:
        path: The table; None for no overrides.
        labels: The labels that it may name.

    Raises:
        DataUnusable: The file or a column is missing, a label is unknown, a level is none, or a
            pair is given two.
    """
    if path is None:
        return Overrides()
    table = Table(path)
    missing = [name for name in (PREDICTED, GOLD, LEVEL) if name not in table.header]
    if missing:
        raise DataUnusable(
            f"{path} has no column '{missing[0]}'; overrides need {PREDICTED},{GOLD},{LEVEL}."
        )
    levels: dict[LabelPair, Level] = {}
    for row in table.rows([PREDICTED, GOLD, LEVEL]):
        place = f"{path} record {row.number}"
        predicted, gold, said = (meant((cell or "").strip()) for cell in row.values)
        pair = _pair(predicted, gold, labels, place)
        level = next((one for one in LEVELS if one == said.casefold()), None)
        if level is None:
            raise DataUnusable(f"{place} has the level '{said}', which is none of {_listed()}.")
        if levels.setdefault(pair, level) != level:
            raise DataUnusable(f"{place} gives '{predicted}' and '{gold}' a second level.")
    return Overrides(levels, file_sha256(path))


def _pair(predicted: str, gold: str, labels: LabelSet, place: str) -> LabelPair:
    found = []
    for text in (predicted, gold):
        label = labels.resolve(text)
        if label is None:
            raise DataUnusable(
                f"{place} names '{text}', which is no label: {', '.join(labels.names)}."
            )
        found.append(label.name)
    if found[0] == found[1]:
        raise DataUnusable(f"{place} names '{gold}' twice; a label is the same as itself.")
    return labels.pair(*found)


def _listed() -> str:
    return ", ".join(LEVELS)
