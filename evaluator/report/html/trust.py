"""How far to trust the judge, as rows of a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evaluator.report.agreement import AgreementReport
from evaluator.report.cautions import plain_answers
from evaluator.report.summary import Interval, Summary
from evaluator.report.wording import (
    NOTHING,
    counted,
    decimal,
    decimal_interval,
    percent,
    percent_interval,
)

State = Literal["good", "fair", "poor", "unknown"]

GOOD_AUC, CHANCE = 0.75, 0.5
FEW_FLIPS, MANY_FLIPS = 0.1, 0.3
GOOD_MASS, LOW_MASS = 0.9, 0.5
SMALL_ERROR, LARGE_ERROR = 0.05, 0.15
GOOD_KAPPA, POOR_KAPPA = 0.6, 0.2
"""Landis and Koch (1977, Biometrics 33:159) call agreement substantial and slight from there."""


@dataclass(frozen=True, slots=True)
class TrustRow:
    """One thing that is known of the judge, or that is not.

    Attributes:
        question: What one would like to know.
        found: The answer in a number or a word.
        detail: Its interval, and what it means.
        state: How good that is.
    """

    question: str
    found: str
    detail: str
    state: State


def trust_rows(summary: Summary, agreement: AgreementReport | None) -> list[TrustRow]:
    """Return what is known of the judge, what matters most first."""
    return [
        *_of_people(agreement),
        _of_calibration(summary),
        *_of_known_answers(summary),
        *_of_answers(summary),
        *_of_machines(summary),
    ]


def _of_people(agreement: AgreementReport | None) -> Iterator[TrustRow]:
    question = "Do people agree with it?"
    if agreement is None:
        advice = "Nobody compared: rate some cases, and run `evaluator agreement`."
        yield TrustRow(question, "not known", advice, "unknown")
        return
    judged = agreement.judged_items
    if judged is None:
        told = "Equal texts or a rule decided on all that people rated, and not the judge."
        yield TrustRow(question, "not known", told, "unknown")
        return
    kappa = judged.quadratic_kappa
    state: State = "unknown"
    if kappa.ci95 is not None:
        state = _rising(kappa.ci95[0], POOR_KAPPA, GOOD_KAPPA)
    rated = counted(judged.n, agreement.unit.removesuffix("s"))
    detail = (
        f"Quadratic kappa over {rated} that the judge decided and people rated "
        f"({decimal_interval(kappa.ci95)})."
    )
    yield TrustRow(question, decimal(kappa.value), detail, state)


def _of_calibration(summary: Summary) -> TrustRow:
    kind, rate = summary.judge.calibration, summary.judge.base_rate
    question = "Do its probabilities mean what they say?"
    if kind == "none":
        return TrustRow(question, "no", "Not calibrated: read them as ranks.", "poor")
    if kind == "labelled":
        return TrustRow(question, "calibrated", "By pairs that people labelled.", "good")
    detail = (
        "By reference pairs that ship with this program, for label sets in which "
        f"{percent(rate)} of the pairs are related."
    )
    return TrustRow(question, "calibrated", detail, "fair")


def _of_known_answers(summary: Summary) -> Iterator[TrustRow]:
    found = summary.judge.reliability
    if found.reference_pairs:
        yield TrustRow(
            "Does it tell related from unrelated?",
            decimal(found.reference_auc),
            f"AUC on {found.reference_pairs} reference pairs that the calibration has not seen "
            f"({decimal_interval(found.reference_auc_ci95)}; 0.5 is chance).",
            _by_lower_end(found.reference_auc_ci95),
        )
    if found.sentinels:
        yield TrustRow(
            "Does it know these labels?",
            percent(found.sentinel_auc),
            f"of {counted(found.sentinels, 'label')} found nearer to their own other name than to "
            f"another label ({percent_interval(found.sentinel_auc_ci95)}; 50 % is chance).",
            _by_lower_end(found.sentinel_auc_ci95),
        )
    else:
        detail = "No label has another name to ask about; a glossary gives them some."
        yield TrustRow("Does it know these labels?", "not known", detail, "unknown")


def _of_answers(summary: Summary) -> Iterator[TrustRow]:
    judge, found = summary.judge, summary.judge.reliability
    if found.order_flip_rate is not None:
        yield TrustRow(
            "Does the order of the labels sway it?",
            percent(found.order_flip_rate),
            "of its answers change with the order; both orders are averaged.",
            _rising(-found.order_flip_rate, -MANY_FLIPS, -FEW_FLIPS),
        )
    written = plain_answers(judge.scoring)
    if written is not None:
        yield TrustRow("Does it give probabilities?", "no", written, "poor")
    elif found.label_mass is not None:
        yield TrustRow(
            "Does it answer what was asked?",
            percent(found.label_mass),
            "of its probability went to the answer words on average; for "
            f"{counted(found.low_mass_pairs, 'pair')} less than half.",
            _rising(found.label_mass, LOW_MASS, GOOD_MASS),
        )
    silent, lost = found.unanswered_pairs, sum(found.lost_questions.values())
    yield TrustRow(
        "Did it answer everything?",
        "no" if silent or lost else "yes",
        f"{counted(silent, 'question')} without an answer; their cases are unscored, never 0. "
        f"{counted(lost, 'question')} of the calibration lost.",
        "fair" if silent or lost else "good",
    )
    if found.disagreement is not None:
        yield TrustRow(
            "Does the panel agree?",
            decimal(found.disagreement),
            f"Mean distance of the probabilities of {counted(len(judge.members), 'judge')}.",
            "fair",
        )
    error = summary.error_relevance.label_error
    if error is not None:
        yield TrustRow(
            "What if it is wrong about a label?",
            f"± {error:.3f}",
            "Standard error of error relevance from single labels (jackknife over labels), which "
            "its interval does not hold.",
            _rising(-error, -LARGE_ERROR, -SMALL_ERROR),
        )


def _of_machines(summary: Summary) -> Iterator[TrustRow]:
    cases, outside = summary.cases, summary.usage.outside_gpu
    cut = cases.truncated
    yield TrustRow(
        "Was anything cut?",
        "no" if not cut else "yes",
        f"{counted(cut, 'article')} of {cases.total} longer than the model under test can read.",
        "good" if not cut else "fair",
    )
    if outside is None:
        detail = "Nothing was asked at this start, or the backend does not tell."
        yield TrustRow("Did it run on the GPU?", NOTHING, detail, "unknown")
    else:
        detail = f"{percent(outside)} of its weights lay outside of GPU memory."
        state: State = "good" if outside == 0 else "fair"
        yield TrustRow("Did it run on the GPU?", "yes" if outside == 0 else "no", detail, state)


def _by_lower_end(interval: Interval | None) -> State:
    return "unknown" if interval is None else _rising(interval[0], CHANCE, GOOD_AUC)


def _rising(value: float, poor: float, good: float) -> State:
    """Return how good a value is of which more is better."""
    if value >= good:
        return "good"
    return "poor" if value <= poor else "fair"
