"""`cases.jsonl` and `pairs.csv`: the outcomes and the matrix as people and programs read them."""

import csv
from collections.abc import Iterator
from typing import IO

from pydantic import BaseModel, ConfigDict

from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.overrides import Level
from evaluator.judge.question import TextPair
from evaluator.judge.rubric import Levels
from evaluator.judge.verdict import Outcome, Verdict, judged_verdict, text_verdict
from evaluator.run.spreadsheet import harmless
from evaluator.statistics.tally import Tally

PAIR_COLUMNS = (
    "predicted",
    "gold",
    "n",
    "score",
    "p_related",
    "p_same",
    "centred_logit",
    "logit",
    "logit_predicted_first",
    "logit_gold_first",
    "label_mass",
    "disagreement",
    "unanswered",
)


class CaseLine(BaseModel):
    """One line of `cases.jsonl`.

    Attributes:
        id: The case's id.
        gold: Its gold label.
        predicted: The predicted label, or the text that names none.
        confidence: The classifier's probability, 0 to 1.
        score: The verdict's score, 0 to 1; null where the case is unscored.
        level: The verdict's level; null where the case is unscored.
        p_related: Probability that the prediction is related to the gold label, if it was judged.
        p_same: Probability that a text means the gold label, given that it is related.
        flags: How the verdict came about (`exact`, `alias`, `named`, `judged`, `judged-text`,
            `judged-article`, `rule` or `overridden`); `ambiguous`; `extra-categories:N`;
            `truncated`; `unscored:REASON`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    gold: str
    predicted: str | None
    confidence: float | None
    score: float | None
    level: Level | None
    p_related: float | None
    p_same: float | None
    flags: tuple[str, ...]


def case_line(outcome: Outcome) -> CaseLine:
    """Return an outcome's line."""
    prediction, verdict = outcome.prediction, outcome.verdict
    return CaseLine(
        id=prediction.case_id,
        gold=outcome.gold,
        predicted=outcome.predicted or prediction.label,
        confidence=prediction.confidence,
        score=None if verdict is None else verdict.score,
        level=None if verdict is None else verdict.level,
        p_related=None if verdict is None else verdict.p_related,
        p_same=None if verdict is None else verdict.p_same,
        flags=tuple(_flags(outcome)),
    )


def _flags(outcome: Outcome) -> Iterator[str]:
    verdict = outcome.verdict
    if verdict is not None:
        yield verdict.how
        if verdict.ambiguous:
            yield "ambiguous"
        if verdict.extra_categories:
            yield f"extra-categories:{verdict.extra_categories}"
    if outcome.prediction.truncated:
        yield "truncated"
    if outcome.unscored is not None:
        yield f"unscored:{outcome.unscored}"


def write_pairs(file: IO[str], matrix: VerdictMatrix, tally: Tally | None, levels: Levels) -> None:
    """Write both directions of every pair, and the texts, the most frequent confusions first.

    Args:
        file: An open text file.
        matrix: The verdicts.
        tally: Outcomes, for the counts; None where no cases were judged.
        levels: Scores of the levels.
    """
    counts = Tally() if tally is None else tally
    rows: list[list[str]] = []
    for pair in [*matrix.judgements, *matrix.unanswered]:
        for predicted, gold in ((pair.first, pair.second), (pair.second, pair.first)):
            n = counts.classified[gold, predicted]
            cells = _pair_cells(matrix, pair, predicted, levels)
            rows.append([harmless(predicted), harmless(gold), str(n), *cells])
    for text in [*matrix.text_judgements, *matrix.unanswered_texts]:
        n = counts.said[text.gold, text.text]
        cells = _text_cells(matrix, text, levels)
        rows.append([harmless(text.text), harmless(text.gold), str(n), *cells])
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PAIR_COLUMNS)
    rows.sort(key=lambda row: (-int(row[2]), row[1], row[0]))
    writer.writerows(rows)


def _pair_cells(
    matrix: VerdictMatrix, pair: LabelPair, predicted: str, levels: Levels
) -> list[str]:
    judgement = matrix.judgements.get(pair)
    if judgement is None and pair in matrix.overrides.levels:
        verdict = judged_verdict(pair, matrix, levels)
        return [f"{verdict.score:.6g}", f"{verdict.p_related:.6g}", *[""] * 8]
    if judgement is None:
        return _silent(matrix.unanswered[pair])
    if pair.first != predicted:
        judgement = PairJudgement(judgement.backward, judgement.forward)
    verdict = judged_verdict(pair, matrix, levels)
    return _cells(verdict, judgement, matrix.centred_logit(pair), matrix.disagreement(pair))


def _text_cells(matrix: VerdictMatrix, text: TextPair, levels: Levels) -> list[str]:
    judgement = matrix.text_judgements.get(text)
    if judgement is None:
        return _silent(matrix.unanswered_texts[text])
    verdict = text_verdict(text, matrix, levels)
    return _cells(verdict, judgement.related, matrix.centred_logit_of_text(text), None)


def _cells(
    verdict: Verdict, judgement: PairJudgement, centred: float, disagreement: float | None
) -> list[str]:
    """Return what the columns after `n` hold of a judgement whose prediction is named first."""
    own, other = judgement.forward, judgement.backward
    numbers = (
        verdict.score,
        verdict.p_related,
        verdict.p_same,
        centred,
        judgement.logit,
        own.logit,
        other.logit,
        judgement.mass,
        disagreement,
    )
    return [*("" if number is None else f"{number:.6g}" for number in numbers), ""]


def _silent(reason: str) -> list[str]:
    return [*[""] * 9, reason]
