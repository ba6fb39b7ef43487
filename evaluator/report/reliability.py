"""How far the judge can be trusted, from questions with known answers."""

from collections.abc import Sequence

from evaluator.judge.calibration import CheckedPair
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.panel import PanelMatrix
from evaluator.report.summary import Interval, Member, Reliability
from evaluator.report.wording import told_apart
from evaluator.statistics.discrimination import item_auc
from evaluator.statistics.intervals import rate_interval

LOW_MASS = 0.5


def reliability(matrix: VerdictMatrix) -> Reliability:
    """Return the diagnostics of a matrix."""
    judgements = _judgements(matrix)
    n = len(judgements)
    margins = [margin for margin in matrix.sentinel_margins if margin is not None]
    wins = [(margin > 0) + (margin == 0) / 2 for margin in margins]
    checked = () if matrix.calibration is None else matrix.calibration.checked
    reference = item_auc([one.centred_logit for one in checked], [one.related for one in checked])
    return Reliability(
        order_flip_rate=sum(one.flips for one in judgements) / n if n else None,
        label_mass=sum(one.mass for one in judgements) / n if n else None,
        low_mass_pairs=sum(one.mass < LOW_MASS for one in judgements),
        unanswered_pairs=len(matrix.unanswered) + len(matrix.unanswered_texts),
        sentinel_auc=sum(wins) / len(wins) if wins else None,
        sentinel_auc_ci95=rate_interval(sum(wins), len(wins)),
        sentinels=len(wins),
        reference_auc=reference.value,
        reference_auc_ci95=reference.interval or _interval_at_an_end(reference.value, checked),
        reference_pairs=len(checked),
        disagreement=_disagreement(matrix),
        lost_questions=dict(matrix.lost),
    )


def members(matrix: VerdictMatrix) -> tuple[Member, ...]:
    """Return the judges of a panel, none for a judge alone."""
    if not isinstance(matrix, PanelMatrix):
        return ()
    return tuple(
        Member(**one.lock.model_dump(), reference_auc=reliability(one).reference_auc)
        for one in matrix.members
    )


def _disagreement(matrix: VerdictMatrix) -> float | None:
    found = [matrix.disagreement(pair) for pair in matrix.judgements]
    known = [one for one in found if one is not None]
    return sum(known) / len(known) if known else None


def _interval_at_an_end(auc: float | None, checked: Sequence[CheckedPair]) -> Interval | None:
    """Return an interval for an area of 0 or 1, where the pairs themselves show no variance.

    That of a rate over as many pairs as the rarer kind has: no area is known better than so.
    """
    related = sum(one.related for one in checked)
    fewest = min(related, len(checked) - related)
    return None if auc is None else rate_interval(auc * fewest, fewest)


def doubts(found: Reliability, min_auc: float) -> list[str]:
    """Return why a judge cannot be trusted to tell related from unrelated labels so well.

    Args:
        found: What is known of it.
        min_auc: What the lower end of each interval must reach, 0 to 1.
    """
    lows = _lowest_aucs(found)
    if not lows:
        return [f"the judge's AUC is not known, and --min-judge-auc is {min_auc:g}"]
    return [
        f"the judge's AUC on {where} may be as low as {told_apart(low, min_auc)}, less than "
        f"--min-judge-auc {min_auc:g}"
        for where, low in lows.items()
        if low < min_auc
    ]


def lowest_auc(found: Reliability) -> float | None:
    """Return the least that the judge's AUC may be on any questions, None where nobody knows."""
    return min(_lowest_aucs(found).values(), default=None)


def _lowest_aucs(found: Reliability) -> dict[str, float]:
    """Return the lower end of each interval, by the questions that it is from."""
    measured: dict[str, Interval | None] = {}
    if found.sentinels:
        measured["the labels' other names"] = found.sentinel_auc_ci95
    if found.reference_pairs:
        measured["reference pairs"] = found.reference_auc_ci95
    return {where: ends[0] if ends else 0.0 for where, ends in measured.items()}


def _judgements(matrix: VerdictMatrix) -> list[PairJudgement]:
    of_texts = (
        judgement
        for text in matrix.text_judgements.values()
        for judgement in (text.related, text.same)
    )
    return [*matrix.judgements.values(), *of_texts]
