"""From a tally and a verdict matrix to the summary."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from evaluator.judge.article_rulings import ArticleRulings
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.rubric import Levels
from evaluator.judge.verdict import Verdict
from evaluator.report.gates import Gates, pass_gates
from evaluator.report.reliability import members, reliability
from evaluator.report.summary import (
    ArticleJudging,
    CaseCounts,
    Confusion,
    JudgeSummary,
    LabelRow,
    Mean,
    PassRate,
    Rate,
    RunUsage,
    Summary,
)
from evaluator.report.worst import worst_first
from evaluator.statistics.classification import LabelScores, label_scores, macro_f1
from evaluator.statistics.intervals import RESAMPLES, mean_interval, rate_interval
from evaluator.statistics.jackknife import label_error
from evaluator.statistics.tally import JudgedCell, Tally

BETWEEN_LABELS = frozenset({"judged", "judged-article"})
"""How verdicts came about that rest on what the judge thinks of two labels."""


def summarize(
    tally: Tally,
    matrix: VerdictMatrix,
    levels: Levels,
    *,
    threshold: float,
    gates: Gates,
    seed: int,
    usage: RunUsage,
    timings: dict[str, float],
    articles: ArticleRulings | None = None,
) -> Summary:
    """Return the summary of a finished judge stage.

    Args:
        tally: All outcomes, counted.
        matrix: The verdicts they were given.
        levels: Scores of the rubric's levels.
        threshold: Score from which a case passes, 0 to 1.
        gates: What the run must reach.
        seed: Seed of the bootstrap.
        usage: What the judge cost.
        timings: Seconds by stage.
        articles: The verdicts below articles, if any are shown.
    """
    scores = label_scores(tally.classified, matrix.labels.names)
    judge = _judge(matrix, levels, articles)
    cases, accuracy = _cases(tally), _accuracy(tally)
    score = _mean(tally, _score, tally.judged, seed)
    return Summary.model_validate(
        {
            "cases": cases,
            "accuracy": accuracy,
            "macro_f1": macro_f1(scores),
            "score": score,
            "error_relevance": _error_relevance(tally, seed),
            "pass": _pass_rate(tally, threshold),
            "per_label": tuple(_label_row(tally, one) for one in scores if one.n),
            "confusions": _confusions(tally),
            "judge": judge,
            "usage": usage,
            "timings": timings,
            "gate": pass_gates(gates, cases=cases, accuracy=accuracy, score=score, judge=judge),
        }
    )


def _cases(tally: Tally) -> CaseCounts:
    return CaseCounts(
        total=tally.total,
        classified=tally.classified.total(),
        judged=tally.judged.total(),
        unscored=tally.unscored.total(),
        by_reason=dict(sorted(tally.unscored.items())),
        by_verdict=_by_verdict(tally),
        truncated=tally.truncated,
    )


def _by_verdict(tally: Tally) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for cell, n in tally.judged.items():
        counts[cell.verdict.how] += n
    return dict(sorted(counts.items()))


def _accuracy(tally: Tally) -> Rate:
    classified = tally.classified.total()
    hits = sum(n for (gold, predicted), n in tally.classified.items() if gold == predicted)
    return Rate(
        value=hits / classified if classified else None, ci95=rate_interval(hits, classified)
    )


def _pass_rate(tally: Tally, threshold: float) -> PassRate:
    judged = tally.judged.total()
    passed = sum(n for cell, n in tally.judged.items() if cell.verdict.score >= threshold)
    return PassRate(
        threshold=threshold,
        rate=passed / judged if judged else None,
        ci95=rate_interval(passed, judged),
    )


def _label_row(tally: Tally, one: LabelScores) -> LabelRow:
    return LabelRow(
        label=one.label,
        n=one.n,
        precision=one.precision,
        recall=one.recall,
        f1=one.f1,
        score=_mean_over(tally, _score, _cells_of(tally, one.label)),
        error_relevance=_mean_over(tally, _relevance, _error_cells(tally, one.label)),
    )


def _score(verdict: Verdict) -> float:
    return verdict.score


def _relevance(verdict: Verdict) -> float:
    return verdict.p_related or 0.0


def _cells_of(tally: Tally, gold: str) -> list[JudgedCell]:
    return [cell for cell in tally.judged if cell.gold == gold]


def _error_cells(tally: Tally, gold: str | None = None) -> list[JudgedCell]:
    """Judged cells whose prediction is wrong, of one gold label or of all.

    A text that names the gold label without committing to it is no miss that could be near.
    """
    return [
        cell
        for cell in tally.judged
        if not cell.right and cell.verdict.how != "named" and gold in (None, cell.gold)
    ]


def _mean_over(
    tally: Tally, value: Callable[[Verdict], float], cells: Iterable[JudgedCell]
) -> float | None:
    ordered = sorted(cells, key=lambda cell: cell.order)
    n = sum(tally.judged[cell] for cell in ordered)
    return sum(value(cell.verdict) * tally.judged[cell] for cell in ordered) / n if n else None


def _mean(
    tally: Tally, value: Callable[[Verdict], float], cells: Iterable[JudgedCell], seed: int
) -> Mean:
    ordered = sorted(cells, key=lambda cell: cell.order)
    values = [value(cell.verdict) for cell in ordered]
    counts = [tally.judged[cell] for cell in ordered]
    return Mean(
        mean=_mean_over(tally, value, ordered),
        ci95=mean_interval(values, counts, seed),
        n=sum(counts),
        method=f"BCa bootstrap over cases, given the matrix; {RESAMPLES} resamples, seed {seed}",
    )


def _error_relevance(tally: Tally, seed: int) -> Mean:
    cells = [cell for cell in _error_cells(tally) if cell.verdict.how in BETWEEN_LABELS]
    error = label_error(
        [(cell.gold, cell.predicted) for cell in cells],
        [_relevance(cell.verdict) for cell in cells],
        [tally.judged[cell] for cell in cells],
    )
    found = _mean(tally, _relevance, _error_cells(tally), seed)
    return found.model_copy(update={"label_error": error})


def _confusions(tally: Tally) -> tuple[Confusion, ...]:
    """Return wrong labels, judged or not, and judged texts, each once whatever its articles."""
    judged = [_confusion(tally, cells) for cells in _alike(tally)]
    known = {(cell.gold, cell.predicted) for cell in tally.judged}
    unjudged = [
        Confusion(gold=gold, predicted=predicted, n=n, score=None, p_related=None)
        for (gold, predicted), n in tally.classified.items()
        if predicted is not None and predicted != gold and (gold, predicted) not in known
    ]
    return worst_first([*judged, *unjudged])


def _alike(tally: Tally) -> list[list[JudgedCell]]:
    """Return the misses that differ in nothing but what the judge made of their articles."""
    found: dict[JudgedCell, list[JudgedCell]] = {}
    for cell in tally.judged:
        if not cell.right:
            bare = replace(cell.verdict, level=None, score=0.0, p_related=None)
            found.setdefault(replace(cell, verdict=bare), []).append(cell)
    return list(found.values())


def _confusion(tally: Tally, cells: list[JudgedCell]) -> Confusion:
    first, *others = cells
    score: float | None = first.verdict.score
    p_related = first.verdict.p_related
    if others:
        score = _mean_over(tally, _score, cells)
        p_related = _mean_over(tally, _relevance, cells)
    return Confusion(
        gold=first.gold,
        predicted=first.predicted,
        n=sum(tally.judged[cell] for cell in cells),
        score=score,
        p_related=p_related,
    )


def _judge(matrix: VerdictMatrix, levels: Levels, articles: ArticleRulings | None) -> JudgeSummary:
    calibration = matrix.calibration
    lock = matrix.lock
    if articles is not None:
        lock = lock.model_copy(update={"article_hash": articles.prompt_hash})
    return JudgeSummary(
        **lock.model_dump(),
        calibration="none" if calibration is None else calibration.kind,
        base_rate=None if calibration is None else calibration.base_rate,
        related_score=levels.related,
        random_relevance=matrix.mean_relevance,
        pairs=len(matrix.judgements),
        texts=len(matrix.text_judgements),
        members=members(matrix),
        overridden=len(matrix.overrides.levels),
        overrides_sha256=matrix.overrides.sha256,
        reliability=reliability(matrix),
        articles=None if articles is None else _article_judging(articles),
    )


def _article_judging(articles: ArticleRulings) -> ArticleJudging:
    answers = articles.answers
    return ArticleJudging(
        tokens=articles.tokens,
        judgements=answers.pairs,
        order_flip_rate=answers.order_flip_rate,
        label_mass=answers.label_mass,
    )
