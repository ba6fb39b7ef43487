import io

import pytest
from rich.console import Console

from evaluator.judge.lock import JudgeLock
from evaluator.report.agreement import (
    AgreementReport,
    Corrected,
    Correction,
    FittedCalibration,
    Measure,
    Measures,
)
from evaluator.report.agreement_table import print_agreement

LOCK = JudgeLock(
    backend="ollama",
    model="llama\x1b[31m3.2",
    digest="sha256:0",
    server_version="0.33",
    options=(),
    rubric="category-relevance",
    prompt_hash="0",
)
NONE = Measure(value=None, ci95=None, n=0)


def measures(n: int, kappa: float) -> Measures:
    some = Measure(value=0.25, ci95=(0.125, 0.5), n=n)
    return Measures(
        n=n,
        related=n // 2,
        quadratic_kappa=Measure(value=kappa, ci95=(-0.125, 0.75), n=n),
        krippendorff_alpha=some,
        krippendorff_alpha_of_people=NONE,
        spearman=some,
        kendall_tau_b=some,
        auc=Measure(value=0.875, ci95=None, n=n),
        expected_calibration_error=some,
        brier=some,
    )


REPORT = AgreementReport(
    unit="cases",
    rated=130,
    unrated=0,
    unscored=0,
    raters=1,
    drawn="random",
    judge=LOCK,
    all_items=measures(130, 0.625),
    judged_items=measures(40, 0.375),
    correction=None,
    calibration=None,
    seed=0,
)
CORRECTION = Correction(
    labelled=130,
    unlabelled=1_000,
    score=Corrected(by_the_judge=0.75, value=0.625, ci95=(0.5, 0.6875), method="PPI++"),
    threshold=0.8,
    pass_rate=Corrected(by_the_judge=0.5, value=None, ci95=None, method="Rogan–Gladen"),
)


def printed(**changes: object) -> str:
    console = Console(file=io.StringIO(), width=80)
    print_agreement(REPORT.model_copy(update=changes), console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    return " ".join(text.split())


def test_both_columns_show_values_with_their_intervals() -> None:
    found = printed()
    assert "all 130 cases 40 that the judge decided" in found
    assert "quadratic kappa 0.625 (−0.125 to 0.750) 0.375 (−0.125 to 0.750)" in found
    assert "AUC of relatedness 0.875 (no interval) 0.875 (no interval)" in found
    assert "only the second column is about the judge" in found


def test_what_nobody_measured_has_no_row() -> None:
    assert "among people" not in printed()
    among = Measure(value=0.75, ci95=None, n=20)
    several = REPORT.all_items.model_copy(update={"krippendorff_alpha_of_people": among})
    assert "… among people alone 0.750 (no interval) –" in printed(all_items=several)


def test_one_column_is_enough_where_the_judge_decided_all() -> None:
    found = printed(judged_items=REPORT.all_items)
    assert "that the judge decided" not in found
    assert "second column" not in found


def test_nothing_is_said_of_a_judge_that_decided_nothing() -> None:
    assert "so that nothing is said of the judge" in printed(judged_items=None)


def test_a_correction_stands_beside_what_the_judge_said() -> None:
    found = printed(correction=CORRECTION)
    assert "relevance score 0.750 0.625 (0.500 to 0.688) PPI++" in found
    assert "pass rate at 0.8 50.0 % – Rogan–Gladen" in found
    assert "130 rated cases stand for 1000 others" in found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drawn": None}, "it is unknown how these were chosen"),
        ({"drawn": "uncertain", "unit": "pairs"}, "drawn because the judge is unsure of them"),
        ({"unrated": 3}, "Rows of the table that are not rated yet: 3."),
        ({"unscored": 2}, "Rated without a verdict: 2 cases."),
        ({"all_items": measures(60, 0.5)}, "Fewer than 100 ratings say little"),
        (
            {
                "calibration": FittedCalibration(
                    kind="isotonic", n=400, base_rate=0.25, file="calibration.json"
                )
            },
            "Calibration: isotonic, fitted on 400 pairs of which 25.0 % are related; written to "
            "calibration.json.",
        ),
    ],
)
def test_what_a_reader_must_know_is_said(changes: dict[str, object], words: str) -> None:
    assert words in printed(**changes)
    assert words not in printed()


def test_a_hostile_name_does_not_steer_the_terminal() -> None:
    assert "\x1b" not in printed()
