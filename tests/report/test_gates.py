import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.calibration import Calibration, CheckedPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.platt import Platt
from evaluator.report.gates import NOT_ABSOLUTE, Gates, gate_line, pass_gates
from evaluator.report.summary import Gate, GateCheck, GateName, Summary

Summarize = Callable[..., Summary]

P1 = 1 / (1 + math.exp(-1))  # P(related) of a, b, from a mean logit of 1
P2 = 1 / (1 + math.exp(3))  # and of a, c, from one of -3


@pytest.fixture
def calibrated(matrix: VerdictMatrix) -> VerdictMatrix:
    """The matrix with a calibration that leaves its probabilities as they are."""
    biases = dict.fromkeys(matrix.labels.names, 0.0)
    checked = tuple(CheckedPair(logit, logit > 9) for logit in range(20))
    return replace(
        matrix, calibration=Calibration("reference", Platt(1.0, 0.0), 0.2, biases, checked)
    )


def check(gate: Gate, name: GateName) -> GateCheck:
    (found,) = (one for one in gate.checks if one.name == name)
    return found


def again(summary: Summary, gates: Gates, **changes: Any) -> Gate:
    """The gate of a summary in which something was found to be otherwise."""
    parts = {name: getattr(summary, name) for name in ("cases", "accuracy", "score", "judge")}
    return pass_gates(gates, **{**parts, **changes})


@pytest.mark.parametrize(("tolerated", "passes"), [(3 / 11, True), (0.27, False), (1.0, True)])
def test_more_unscored_cases_than_tolerated_fail(
    summary_of: Summarize,
    matrix: VerdictMatrix,
    predictions: list[Prediction],
    tolerated: float,
    passes: bool,
) -> None:
    gate = summary_of(matrix, predictions, max_unscored=tolerated).gate
    assert (gate.passed, gate.too_many_unscored) == (passes, not passes)
    assert check(gate, "max-unscored").found == 3 / 11
    if not passes:
        assert gate.reasons == (
            "3 of 11 cases are unscored (0.273), more than --max-unscored 0.27",
        )


@pytest.mark.parametrize(("wanted", "passes"), [(0.7, True), (0.72, False)])
def test_the_mean_score_is_held_against_what_it_must_be(
    summary_of: Summarize,
    calibrated: VerdictMatrix,
    predictions: list[Prediction],
    wanted: float,
    passes: bool,
) -> None:
    gate = summary_of(calibrated, predictions, max_unscored=1, fail_under=wanted).gate
    found = check(gate, "fail-under")
    # Of eight judged cases five are right, two a, b and one a, c: half of P(related) each.
    assert found.found == pytest.approx((5 + P1 + P2 / 2) / 8)
    assert (gate.passed, found.passed, gate.too_many_unscored) == (passes, passes, False)
    side = "no less than" if passes else "less than"
    assert found.phrase == f"the mean relevance score is 0.719, {side} --fail-under {wanted}"
    assert gate.reasons == (() if passes else (found.phrase,))


@pytest.mark.parametrize(("wanted", "passes"), [(0.5, True), (0.51, False)])
def test_accuracy_is_held_against_what_it_must_be(
    summary_of: Summarize,
    matrix: VerdictMatrix,
    predictions: list[Prediction],
    wanted: float,
    passes: bool,
) -> None:
    gate = summary_of(matrix, predictions, max_unscored=1, min_accuracy=wanted).gate
    assert check(gate, "min-accuracy").found == 0.5  # 5 of 10 classified cases
    assert gate.passed is passes
    if not passes:
        assert gate.reasons == ("accuracy is 0.500, less than --min-accuracy 0.51",)


def test_the_lower_ends_of_the_intervals_decide_where_that_is_wanted(
    summary_of: Summarize, calibrated: VerdictMatrix, predictions: list[Prediction]
) -> None:
    summary = summary_of(
        calibrated,
        predictions * 4,
        max_unscored=1,
        fail_under=0.7,
        min_accuracy=0.4,
        by_lower_bound=True,
    )
    assert summary.score.ci95 is not None
    score, accuracy = summary.score.ci95[0], check(summary.gate, "min-accuracy")
    assert check(summary.gate, "fail-under").found == score < 0.7 < (summary.score.mean or 0)
    # Wilson of 20 of 40: 0.5 ∓ 1.96·√(0.25/40 + 1.96²/6400)/(1 + 1.96²/40) = 0.352 to 0.648.
    assert accuracy.found == pytest.approx(0.352, abs=5e-4)
    assert summary.gate.reasons == (
        f"the mean relevance score may be as low as {score:.3f}, less than --fail-under 0.7",
        "accuracy may be as low as 0.352, less than --min-accuracy 0.4",
    )


def test_too_few_cases_for_an_interval_fail_and_say_so(
    summary_of: Summarize, calibrated: VerdictMatrix, predictions: list[Prediction]
) -> None:
    gate = summary_of(
        calibrated, predictions, max_unscored=1, fail_under=0.1, by_lower_bound=True
    ).gate
    assert check(gate, "fail-under").found is None
    assert gate.reasons == (
        "the mean relevance score is 0.719, but 8 cases are too few for a 95 % interval whose "
        "lower end could reach --fail-under 0.1",
    )


def test_a_model_that_makes_no_mistake_passes_by_its_lower_bound(
    summary_of: Summarize, calibrated: VerdictMatrix
) -> None:
    right = [Prediction(str(n), "a", "a") for n in range(40)]
    summary = summary_of(calibrated, right, fail_under=0.9, by_lower_bound=True)
    assert summary.score.ci95 is None  # forty equal scores show no variance
    # Wilson's lower end for 40 of 40 is 40 / (40 + 1.96²) = 0.912.
    assert check(summary.gate, "fail-under").found == pytest.approx(0.912, abs=5e-4)
    assert summary.gate.passed
    few = summary_of(calibrated, right[:20], fail_under=0.9, by_lower_bound=True).gate
    assert "may be as low as 0.839" in few.reasons[0]  # 20 / (20 + 1.96²)


def test_without_a_judged_case_no_score_is_reached(
    summary_of: Summarize, calibrated: VerdictMatrix
) -> None:
    nothing = [Prediction("1", "a", None, missing="empty-text")]
    for by_lower_bound in (False, True):
        gate = summary_of(
            calibrated,
            nothing,
            max_unscored=1,
            fail_under=0.0,
            min_accuracy=0.0,
            by_lower_bound=by_lower_bound,
        ).gate
        assert gate.reasons == (
            "no case was judged, so that the mean relevance score cannot reach --fail-under 0",
            "no case was classified, so that accuracy cannot reach --min-accuracy 0",
        )


@pytest.mark.parametrize("wanted", [0.1, 0.9])
def test_a_judge_without_calibration_makes_no_absolute_score(
    summary_of: Summarize,
    matrix: VerdictMatrix,
    calibrated: VerdictMatrix,
    predictions: list[Prediction],
    wanted: float,
) -> None:
    for used, said in ((matrix, True), (calibrated, False)):
        gate = summary_of(used, predictions, fail_under=wanted, min_accuracy=wanted).gate
        assert check(gate, "fail-under").phrase.endswith(NOT_ABSOLUTE) is said
        assert NOT_ABSOLUTE not in check(gate, "min-accuracy").phrase


def test_a_mean_that_only_rounding_makes_less_is_enough(summary: Summary) -> None:
    def gate(mean: float) -> Gate:
        score = summary.score.model_copy(update={"mean": mean})
        return again(summary, Gates(1.0, fail_under=0.7), score=score)

    assert gate(0.7 - 1e-12).passed
    assert "is 0.700, no less than --fail-under 0.7" in gate_line(gate(0.7 - 1e-12))
    assert not gate(0.7 - 1e-6).passed
    assert "is 0.699999, less than --fail-under 0.7" in gate(0.7 - 1e-6).reasons[0]


@given(found=st.floats(0, 1), wanted=st.floats(0, 1))
@searching
def test_what_a_phrase_says_is_so(summary: Summary, found: float, wanted: float) -> None:
    accuracy = summary.accuracy.model_copy(update={"value": found})
    one = check(again(summary, Gates(1.0, min_accuracy=wanted), accuracy=accuracy), "min-accuracy")
    assert one.passed == (found >= wanted - 1e-9)
    shown = float(one.phrase.split()[2].rstrip(","))
    assert shown == pytest.approx(found, abs=5e-4)
    assert (shown >= wanted) is one.passed
    assert ("no less than" in one.phrase) is one.passed


def test_the_judge_has_a_check_of_its_own(
    summary_of: Summarize, matrix: VerdictMatrix, calibrated: VerdictMatrix
) -> None:
    right = [Prediction("1", "a", "a")]
    # Ten pairs of each kind, told apart: Wilson of 10 of 10 from 10 / (10 + 1.96²) = 0.722.
    passed = check(summary_of(calibrated, right, min_judge_auc=0.6).gate, "min-judge-auc")
    assert (passed.found, passed.passed) == (pytest.approx(0.722, abs=5e-4), True)
    assert passed.phrase == (
        "the judge's AUC may be as low as 0.722, no less than --min-judge-auc 0.6"
    )
    failed = check(summary_of(calibrated, right, min_judge_auc=0.8).gate, "min-judge-auc")
    assert failed.phrase == (
        "the judge's AUC on reference pairs may be as low as 0.722, less than --min-judge-auc 0.8"
    )
    unknown = check(summary_of(matrix, right, min_judge_auc=0.6).gate, "min-judge-auc")
    assert (unknown.found, unknown.passed) == (None, False)


def test_every_gate_that_was_set_is_listed_and_no_other(
    summary_of: Summarize, calibrated: VerdictMatrix, predictions: list[Prediction]
) -> None:
    usual = summary_of(calibrated, predictions).gate
    assert [(one.name, one.wanted) for one in usual.checks] == [("max-unscored", 0.05)]
    gate = summary_of(
        calibrated,
        predictions,
        fail_under=0.9,
        min_accuracy=0.4,
        max_unscored=0.2,
        min_judge_auc=0.6,
    ).gate
    assert [(one.name, one.wanted, one.passed) for one in gate.checks] == [
        ("fail-under", 0.9, False),
        ("min-accuracy", 0.4, True),
        ("max-unscored", 0.2, False),
        ("min-judge-auc", 0.6, True),
    ]
    assert gate_line(gate) == (
        "Gate failed: the mean relevance score is 0.719, less than --fail-under 0.9; 3 of 11 cases "
        "are unscored (0.273), more than --max-unscored 0.2."
    )


def test_without_a_case_nothing_is_unscored(summary_of: Summarize, matrix: VerdictMatrix) -> None:
    assert check(summary_of(matrix, []).gate, "max-unscored").found == 0.0
