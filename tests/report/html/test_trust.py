from typing import Any

import pytest

from evaluator.report.agreement import AgreementReport, Measure, Measures
from evaluator.report.html.trust import TrustRow, trust_rows
from evaluator.report.summary import Summary

NOT_MEASURED = Measure(value=None, ci95=None, n=0)


def rows(
    summary: Summary, agreement: AgreementReport | None = None, **reliability: Any
) -> dict[str, TrustRow]:
    judge = summary.judge
    changes = judge.reliability.model_copy(update=reliability)
    changed = summary.model_copy(
        update={"judge": judge.model_copy(update={"reliability": changes})}
    )
    return {row.question: row for row in trust_rows(changed, agreement)}


def agreement(summary: Summary, low: float | None) -> AgreementReport:
    """Agreement on 40 misses, and a better one on all 90 cases; None where none was a miss."""
    names = [name for name in Measures.model_fields if name not in ("n", "related")]
    nothing = dict.fromkeys(names, NOT_MEASURED)
    high = Measure(value=0.95, ci95=(0.9, 0.99), n=90)
    judged = None
    if low is not None:
        kappa = Measure(value=low + 0.1, ci95=(low, low + 0.2), n=40)
        judged = Measures(n=40, related=9, **{**nothing, "quadratic_kappa": kappa})
    return AgreementReport(
        unit="cases",
        rated=90,
        unrated=0,
        unscored=0,
        raters=1,
        drawn="random",
        judge=summary.judge,
        all_items=Measures(n=90, related=59, **{**nothing, "quadratic_kappa": high}),
        judged_items=judged,
        correction=None,
        calibration=None,
        seed=0,
    )


def test_what_is_not_known_is_called_unknown(summary: Summary) -> None:
    found = rows(summary)
    assert found["Do people agree with it?"].state == "unknown"
    assert found["Does it know these labels?"].state == "unknown"
    assert found["Did it run on the GPU?"].state == "unknown"
    assert found["Do its probabilities mean what they say?"].state == "poor"


@pytest.mark.parametrize(("low", "state"), [(0.1, "poor"), (0.4, "fair"), (0.65, "good")])
def test_agreement_is_that_on_what_the_judge_decided_by_its_lower_end(
    summary: Summary, low: float, state: str
) -> None:
    row = rows(summary, agreement(summary, low))["Do people agree with it?"]
    assert row.state == state
    assert row.found == f"{low + 0.1:.3f}"
    assert "over 40 cases that the judge decided" in row.detail


def test_agreement_on_equal_texts_says_nothing_of_the_judge(summary: Summary) -> None:
    row = rows(summary, agreement(summary, None))["Do people agree with it?"]
    assert (row.found, row.state) == ("not known", "unknown")


@pytest.mark.parametrize(
    ("interval", "state"), [((0.45, 0.9), "poor"), ((0.6, 0.9), "fair"), ((0.8, 0.95), "good")]
)
def test_discrimination_counts_by_the_lower_end(
    summary: Summary, interval: tuple[float, float], state: str
) -> None:
    known = {"reference_auc": 0.85, "reference_auc_ci95": interval, "reference_pairs": 40}
    assert rows(summary, **known)["Does it tell related from unrelated?"].state == state


@pytest.mark.parametrize(("rate", "state"), [(0.05, "good"), (0.2, "fair"), (0.4, "poor")])
def test_order_flips_and_mass_are_graded(summary: Summary, rate: float, state: str) -> None:
    found = rows(summary, order_flip_rate=rate)["Does the order of the labels sway it?"]
    assert (found.found, found.state) == (f"{100 * rate:.1f} %", state)
    mass = rows(summary, label_mass=1 - 1.5 * rate)["Does it answer what was asked?"]
    assert mass.state == {"good": "good", "fair": "fair", "poor": "poor"}[state]


def test_silence_truncation_and_the_cpu_are_named(summary: Summary) -> None:
    usage = summary.usage.model_copy(update={"outside_gpu": 0.25})
    found = rows(summary.model_copy(update={"usage": usage}))
    assert found["Did it answer everything?"].found == "no"
    assert found["Was anything cut?"].found == "yes"
    assert "25.0 % of its weights" in found["Did it run on the GPU?"].detail
    assert found["Did it run on the GPU?"].state == "fair"


def test_lost_questions_of_the_calibration_are_named(summary: Summary) -> None:
    row = rows(summary, unanswered_pairs=0, lost_questions={"timeout": 2, "http-503": 1})
    assert row["Did it answer everything?"].found == "no"
    assert row["Did it answer everything?"].state == "fair"
    assert "3 questions of the calibration lost." in row["Did it answer everything?"].detail


def test_a_judge_without_probabilities_is_said_to_be_one(summary: Summary) -> None:
    judge = summary.judge.model_copy(update={"scoring": "text"})
    found = rows(summary.model_copy(update={"judge": judge}))
    assert found["Does it give probabilities?"].state == "poor"
    assert "Does it answer what was asked?" not in found
