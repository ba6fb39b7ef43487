"""Several judges' verdicts as one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.cases.digest import text_sha256
from evaluator.judge.calibration import Calibration
from evaluator.judge.labels import LabelPair
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.platt import Platt
from evaluator.judge.question import TextPair
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.rubric import Rubric

PANEL = "panel"
NOT_TOLD_APART = "together the judges do not tell related reference pairs from unrelated ones"


@dataclass(frozen=True, slots=True)
class PanelMatrix(VerdictMatrix):
    """The mean of its members' log odds, and how sure that may be.

    Its judgements are the first member's, for those who want to see raw answers.

    Attributes:
        members: Calibrated matrices of one label set, at least one.
    """

    members: tuple[VerdictMatrix, ...] = ()

    def centred_logit(self, pair: LabelPair) -> float:
        """Return the mean of the members' log odds of a judged pair."""
        return _mean([_log_odds(one, one.centred_logit(pair)) for one in self.members])

    def centred_logit_of_text(self, pair: TextPair) -> float:
        """Return the mean of the log odds of those members that judged a text."""
        readers = self._readers(pair)
        return _mean([_log_odds(one, one.centred_logit_of_text(pair)) for one in readers])

    def p_related_of_text(self, pair: TextPair) -> float:
        """Return P(related) of a judged text: how sure all are together is only known of all."""
        if len(self._readers(pair)) == len(self.members) and self.calibration is not None:
            return self.calibration.fit.probability(self.centred_logit_of_text(pair))
        return _mean([_p_related(one, pair, self.calibration) for one in self._readers(pair)])

    def p_same_of_text(self, pair: TextPair) -> float:
        """Return the mean of P(same) of those members that judged a text."""
        return _mean([one.p_same_of_text(pair) for one in self._readers(pair)])

    def disagreement(self, pair: LabelPair) -> float | None:
        """Return the largest difference between two members' P(related), 0 to 1."""
        said = [one.p_related(pair) for one in self.members]
        return max(said) - min(said)

    def _readers(self, pair: TextPair) -> list[VerdictMatrix]:
        return [one for one in self.members if pair in one.text_judgements]


def panel_lock(members: Sequence[JudgeLock], rubric: Rubric) -> JudgeLock:
    """Return the lock of several judges together."""
    return JudgeLock(
        backend=PANEL,
        model=" + ".join(f"{lock.backend} {lock.model}" for lock in members),
        digest=f"sha256:{text_sha256(' '.join(lock.model_dump_json() for lock in members))}",
        server_version=", ".join(dict.fromkeys(lock.server_version for lock in members)),
        options=(),
        rubric=rubric.name,
        prompt_hash=rubric.prompt_hash,
        scoring=", ".join(dict.fromkeys(lock.scoring for lock in members)),
    )


def pooled(
    members: Sequence[VerdictMatrix],
    surveys: Sequence[ReferenceSurvey],
    lock: JudgeLock,
    base_rate: float,
) -> PanelMatrix | str:
    """Return the panel's matrix, or why there can be none.

    Every member's log odds count the same. Their mean is too unsure where members are right for
    different reasons, so that the reference pairs decide once more how sure it may be: Platt's line
    on the mean (Ranjan and Gneiting 2010, J. R. Stat. Soc. B 72:71, show that a pool of calibrated
    forecasts is not calibrated). A pair has a verdict where every member gives one; a text where
    any does, for not every kind of judge reads texts.

    Args:
        members: Calibrated matrices of one label set, at least one.
        surveys: Each member's view of the reference pairs, in their order.
        lock: The panel.
        base_rate: Share of related pairs that is expected, 0 to 1, both exclusive.
    """
    survey = ReferenceSurvey(surveys[0].references, {}, _pooled_logits(members, surveys))
    fit = survey.fit(base_rate)
    if fit is None:
        return NOT_TOLD_APART
    calibration = Calibration("reference", fit, base_rate, {}, survey.checked)
    return panel_matrix(members, lock, calibration)


def panel_matrix(
    members: Sequence[VerdictMatrix], lock: JudgeLock, calibration: Calibration
) -> PanelMatrix:
    """Return the panel's matrix by a known calibration."""
    first, rest = members[0], list(reversed(members))
    unanswered = {pair: why for one in rest for pair, why in one.unanswered.items()}
    texts = {pair: said for one in rest for pair, said in one.text_judgements.items()}
    silent = {pair: why for one in rest for pair, why in one.unanswered_texts.items()}
    return PanelMatrix(
        lock=lock,
        labels=first.labels,
        judgements={
            pair: said
            for pair, said in first.judgements.items()
            if all(pair in one.judgements for one in members)
        },
        unanswered=unanswered,
        text_judgements=texts,
        unanswered_texts={pair: why for pair, why in silent.items() if pair not in texts},
        calibration=calibration,
        sentinel_margins=_pooled_margins(members),
        lost=_lost_together(members),
        members=tuple(members),
    )


def _lost_together(members: Sequence[VerdictMatrix]) -> dict[str, int]:
    lost: Counter[str] = Counter()
    for one in members:
        lost.update(one.lost)
    return dict(sorted(lost.items()))


def _pooled_logits(
    members: Sequence[VerdictMatrix], surveys: Sequence[ReferenceSurvey]
) -> tuple[float | None, ...]:
    columns = [
        [None if logit is None else _log_odds(one, logit) for logit in survey.centred_logits]
        for one, survey in zip(members, surveys, strict=True)
    ]
    rows = ([one for one in row if one is not None] for row in zip(*columns, strict=True))
    return tuple(_mean(row) if len(row) == len(members) else None for row in rows)


def _pooled_margins(members: Sequence[VerdictMatrix]) -> tuple[float | None, ...]:
    """Return the mean margin of each sentinel in log odds, None where a member has none."""
    if len({len(one.sentinel_margins) for one in members}) > 1:
        return ()
    columns = [
        [
            None if margin is None else _log_odds(one, margin) - _log_odds(one, 0.0)
            for margin in one.sentinel_margins
        ]
        for one in members
    ]
    rows = ([one for one in row if one is not None] for row in zip(*columns, strict=True))
    return tuple(_mean(row) if len(row) == len(members) else None for row in rows)


def _p_related(member: VerdictMatrix, pair: TextPair, pool: Calibration | None) -> float:
    """Return a member's P(related) of a text at the base rate of its panel."""
    calibration = member.calibration
    if calibration is None or pool is None or not isinstance(calibration.fit, Platt):
        return member.p_related_of_text(pair)
    fit = calibration.fit.shifted(calibration.base_rate, pool.base_rate)
    return fit.probability(member.centred_logit_of_text(pair))


def _log_odds(member: VerdictMatrix, centred_logit: float) -> float:
    assert member.calibration is not None, "a panel is of calibrated judges"
    fit = member.calibration.fit
    assert isinstance(fit, Platt), "the members of a panel are calibrated on reference pairs"
    return fit.slope * centred_logit + fit.intercept


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
