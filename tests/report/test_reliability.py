"""What is said of the judge's quality, and when it is not enough."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluator.judge.calibration import Calibration, CheckedPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.platt import Platt
from evaluator.report.cautions import cautions
from evaluator.report.reliability import doubts, reliability

CHECKED = tuple(CheckedPair(logit, logit > 9) for logit in range(20))
SPOILT = (*CHECKED[:8], CheckedPair(9.5, False), CheckedPair(8.5, True), *CHECKED[10:])


def calibrated(matrix: VerdictMatrix, checked: tuple[CheckedPair, ...]) -> VerdictMatrix:
    biases = dict.fromkeys(matrix.labels.names, 0.0)
    found = Calibration("reference", Platt(1.0, 0.0), 0.2, biases, checked)
    return replace(matrix, calibration=found, sentinel_margins=(0.5,) * 9 + (0.0,))


def test_an_uncalibrated_matrix_says_nothing_of_its_auc(matrix: VerdictMatrix) -> None:
    found = reliability(matrix)
    assert (found.reference_auc, found.sentinel_auc) == (None, None)
    assert doubts(found, 0.6) == ["the judge's AUC is not known, and --min-judge-auc is 0.6"]


def test_checked_pairs_and_sentinels_are_summed_up(matrix: VerdictMatrix) -> None:
    found = reliability(calibrated(matrix, SPOILT))
    # 11 related and 9 unrelated pairs; one related is below one unrelated: 98 of 99 are right.
    assert found.reference_auc == pytest.approx(98 / 99)
    assert found.reference_pairs == 20
    assert found.sentinel_auc == pytest.approx(0.95)
    assert found.sentinels == 10


def test_a_judge_that_makes_no_mistake_has_an_interval_and_passes(matrix: VerdictMatrix) -> None:
    found = reliability(calibrated(matrix, CHECKED))
    assert found.reference_auc == 1.0
    assert found.reference_auc_ci95 is not None
    # Wilson's lower end for 10 of 10 is 10 / (10 + 1.96²) = 0.722.
    assert found.reference_auc_ci95[0] == pytest.approx(0.7225, abs=1e-3)
    sure = replace(calibrated(matrix, CHECKED), sentinel_margins=(1.0,) * 20)
    assert doubts(reliability(sure), 0.7) == []


def test_the_lower_end_of_each_interval_decides(matrix: VerdictMatrix) -> None:
    found = reliability(calibrated(matrix, SPOILT))
    assert found.reference_auc_ci95 is not None
    assert found.sentinel_auc_ci95 is not None
    lowest = min(found.reference_auc_ci95[0], found.sentinel_auc_ci95[0])
    assert doubts(found, lowest) == []
    assert len(doubts(found, 0.999)) == 2
    assert doubts(found, lowest + 0.001)[0].startswith("the judge's AUC on ")


def test_the_gate_names_the_judge(matrix: VerdictMatrix, summary_of: Callable[..., object]) -> None:
    from evaluator.report.summary import Summary

    summary = summary_of(calibrated(matrix, SPOILT), [], min_judge_auc=0.999)
    assert isinstance(summary, Summary)
    assert not summary.gate.passed
    assert not summary.gate.too_many_unscored
    assert all("--min-judge-auc 0.999" in reason for reason in summary.gate.reasons)
    assert summary_of(matrix, []).gate.passed  # type: ignore[attr-defined]


def test_the_report_says_what_the_judge_was_calibrated_by(
    matrix: VerdictMatrix, summary_of: Callable[..., object]
) -> None:
    from evaluator.report.summary import Summary

    summary = summary_of(calibrated(matrix, SPOILT), [])
    assert isinstance(summary, Summary)
    said = cautions(summary)
    assert said[0].startswith("Relevance is calibrated by reference pairs")
    assert "20.0 % of the pairs are related" in said[0]
    assert "an AUC of 0.99" in said[1]
    assert "95.0 % of 10 labels nearer to their own other name" in said[2]
