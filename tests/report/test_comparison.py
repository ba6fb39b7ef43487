import pytest
from comparison_report import rate, score

from evaluator.report.agreement import Measure
from evaluator.report.comparison import conclusion_of

UP, DOWN = Measure(value=0.1, ci95=None, n=50), Measure(value=-0.1, ci95=None, n=50)


@pytest.mark.parametrize(
    ("accuracy", "relevance", "expected"),
    [
        ((UP, 0.01), (UP, 0.01), ("better", ("accuracy", "relevance"), ())),
        ((UP, 0.01), (DOWN, 0.3), ("better", ("accuracy",), ())),
        ((DOWN, 0.05), (UP, 0.049), ("better", ("relevance",), ())),
        ((DOWN, 0.01), (DOWN, 0.01), ("worse", (), ("accuracy", "relevance"))),
        ((UP, 0.01), (DOWN, 0.01), ("mixed", ("accuracy",), ("relevance",))),
        ((UP, 0.05), (UP, 0.2), ("no-evidence", (), ())),
        ((UP, 0.2), (UP, None), ("no-evidence", (), ())),
    ],
)
def test_a_measure_counts_where_its_adjusted_p_is_below_5_percent(
    accuracy: tuple[Measure, float],
    relevance: tuple[Measure, float | None],
    expected: tuple[str, tuple[str, ...], tuple[str, ...]],
) -> None:
    found = conclusion_of(
        rate(difference=accuracy[0], adjusted_p=accuracy[1], p_value=0.0),
        score(difference=relevance[0], adjusted_p=relevance[1], p_value=0.0),
    )
    assert found == expected
