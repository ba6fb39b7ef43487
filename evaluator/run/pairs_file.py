"""`pairs.csv`: the matrix as people and programs read it."""

import csv
from typing import IO

from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.question import TextPair
from evaluator.judge.rubric import Levels
from evaluator.judge.verdict import Verdict, judged_verdict, text_verdict
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
