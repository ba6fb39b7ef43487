"""`cases.jsonl` and `pairs.csv`: the outcomes and the matrix as people and programs read them."""

import csv
from collections import Counter
from typing import IO

from pydantic import BaseModel, ConfigDict

from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.rubric import Levels
from evaluator.judge.verdict import Outcome, judged_verdict
from evaluator.statistics.tally import Cell, Tally

PAIR_COLUMNS = (
    "predicted",
    "gold",
    "n",
    "score",
    "p_related",
    "logit",
    "logit_predicted_first",
    "logit_gold_first",
    "label_mass",
    "unanswered",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class CaseLine(BaseModel):
    """One line of `cases.jsonl`.

    Attributes:
        id: The case's id.
        gold: Its gold label.
        predicted: The predicted label, or the text that names none.
        confidence: The classifier's probability, 0 to 1.
        score: The verdict's score, 0 to 1; null where the case is unscored.
        level: The verdict's level; null where the case is unscored.
        p_related: Probability that the labels are related, where they were judged.
        flags: `exact`, `alias` or `judged`; `truncated`; `unscored:REASON`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    gold: str
    predicted: str | None
    confidence: float | None
    score: float | None
    level: str | None
    p_related: float | None
    flags: tuple[str, ...]


def case_line(outcome: Outcome) -> CaseLine:
    """Return an outcome's line."""
    prediction, verdict = outcome.prediction, outcome.verdict
    flags: list[str] = []
    if verdict is not None:
        flags.append(verdict.how)
    if prediction.truncated:
        flags.append("truncated")
    if outcome.unscored is not None:
        flags.append(f"unscored:{outcome.unscored}")
    return CaseLine(
        id=prediction.case_id,
        gold=outcome.gold,
        predicted=outcome.predicted or prediction.label,
        confidence=prediction.confidence,
        score=None if verdict is None else verdict.score,
        level=None if verdict is None else verdict.level,
        p_related=None if verdict is None else verdict.p_related,
        flags=tuple(flags),
    )


def write_pairs(file: IO[str], matrix: VerdictMatrix, tally: Tally | None, levels: Levels) -> None:
    """Write both directions of every pair, the most frequent confusions first.

    Args:
        file: An open text file.
        matrix: The verdicts.
        tally: Outcomes, for the counts; None where no cases were judged.
        levels: Scores of the levels.
    """
    met: Counter[Cell] = Counter() if tally is None else tally.classified
    rows: list[list[str]] = []
    for pair in [*matrix.judgements, *matrix.unanswered]:
        for predicted, gold in ((pair.first, pair.second), (pair.second, pair.first)):
            names = [_harmless(predicted), _harmless(gold), str(met[(gold, predicted)])]
            rows.append([*names, *_verdict_cells(matrix, pair, predicted, levels)])
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PAIR_COLUMNS)
    rows.sort(key=lambda row: (-int(row[2]), row[1], row[0]))
    writer.writerows(rows)


def _verdict_cells(
    matrix: VerdictMatrix, pair: LabelPair, predicted: str, levels: Levels
) -> list[str]:
    judgement = matrix.judgements.get(pair)
    if judgement is None:
        return ["", "", "", "", "", "", matrix.unanswered[pair]]
    own, other = judgement.forward, judgement.backward
    if pair.first != predicted:
        own, other = other, own
    numbers = (
        judged_verdict(judgement, levels).score,
        judgement.p_related,
        judgement.logit,
        own.logit,
        other.logit,
        judgement.mass,
    )
    return [*(f"{number:.6g}" for number in numbers), ""]


def _harmless(text: str) -> str:
    """Return a label that a reader takes neither for a formula nor for the end of a row."""
    marked = f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return marked.replace("\r", " ")  # before Python 3.13 a lone one would go out unquoted
