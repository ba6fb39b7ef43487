"""What one judge says of pairs, whether it was asked now or its verdicts were kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.judge.asking import Answer, Heard
from evaluator.judge.calibration import CheckedPair
from evaluator.judge.labels import LabelPair
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.platt import Platt, fit_platt
from evaluator.judge.question import both_orders
from evaluator.judge.references import References

AS_IT_IS = Platt(1.0, 0.0)
"""The judge's own probability."""

FEWEST_FITTED = 20
"""Fewer answered reference pairs are no ground for a curve."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge says of a pair.

    Attributes:
        logit: Mean of both orders, less its leanings where those were measured.
        p_related: The probability that follows, 0 to 1.
    """

    logit: float
    p_related: float

    @property
    def verdict(self) -> str:
        """Its level."""
        return "related" if self.p_related > 1 / 2 else "unrelated"


@dataclass(frozen=True, slots=True)
class Opinions:
    """One judge's opinions.

    Attributes:
        lock: Which judge.
        pairs: Its opinions by pair.
        references: Its logits of the reference pairs that it answered, by pair; empty for verdicts
            that were kept.
        checked: Its logits of held-out reference pairs, for verdicts that were kept.
        is_fitted: Whether its probabilities come from a curve and are not its own.
        discriminates: Whether it calls related reference pairs more related than others; None
            where that is not known.
    """

    lock: JudgeLock
    pairs: Mapping[LabelPair, Opinion]
    references: Mapping[LabelPair, float]
    checked: tuple[CheckedPair, ...]
    is_fitted: bool
    discriminates: bool | None


def kept_opinions(matrix: VerdictMatrix) -> Opinions:
    """Return the opinions that a stored matrix holds."""
    calibration = matrix.calibration
    return Opinions(
        matrix.lock,
        {
            pair: Opinion(matrix.centred_logit(pair), matrix.p_related(pair))
            for pair in matrix.judgements
        },
        {},
        () if calibration is None else calibration.checked,
        calibration is not None,
        None,
    )


def asked_opinions(
    lock: JudgeLock,
    heard: Heard,
    pairs: list[LabelPair],
    references: References,
    base_rate: float | None,
) -> Opinions:
    """Return the opinions that answers make.

    Probabilities are fitted to the reference pairs that are not held out, as those of a run are,
    but for the leanings: to measure them takes thousands of questions more.

    Args:
        lock: Which judge.
        heard: Its answers on the pairs and on the reference pairs.
        pairs: What its opinions are wanted on.
        references: Pairs with known answers.
        base_rate: Share of related pairs that a verdict expects; None for that of the references.
    """
    known = {
        LabelPair(one.first, one.second): (one.related, one.held_out) for one in references.pairs
    }
    of_references = _logits(list(known), heard)
    fitting = [
        (logit, known[pair][0]) for pair, logit in of_references.items() if not known[pair][1]
    ]
    related = [one for _, one in fitting]
    is_fitted = len(fitting) >= FEWEST_FITTED and any(related) and not all(related)
    curve = AS_IT_IS
    if is_fitted:
        curve = fit_platt([logit for logit, _ in fitting], related)
        if base_rate is not None:
            curve = curve.shifted(sum(related) / len(related), base_rate)
    return Opinions(
        lock,
        {
            pair: Opinion(logit, curve.probability(logit))
            for pair, logit in _logits(pairs, heard).items()
        },
        of_references,
        (),
        is_fitted,
        curve.slope > 0 if is_fitted else None,
    )


def _logits(pairs: list[LabelPair], heard: Heard) -> dict[LabelPair, float]:
    """Return the mean logit of both orders of each pair that has both."""
    found: dict[LabelPair, float] = {}
    for pair in pairs:
        forward, backward = (heard.get(one) for one in both_orders(pair))
        if isinstance(forward, Answer) and isinstance(backward, Answer):
            found[pair] = (forward.reading.logit + backward.reading.logit) / 2
    return found
