import pytest
from comparison_report import comparison, rate, report, score

from evaluator.report.agreement import Measure
from evaluator.report.comparison import Comparison, Missing, VerdictsApart
from evaluator.report.comparison_wording import (
    cautions,
    judge_line,
    points,
    regression,
    signed,
    verdict,
    with_interval,
)

LOSS = rate(difference=Measure(value=-0.0625, ci95=None, n=160), adjusted_p=0.0004)


def said(**changes: object) -> str:
    found = comparison(**changes)
    return verdict(found, report(found))


def undecided(n: int, discordance: float | None, needed: int | None) -> str:
    return said(
        conclusion="no-evidence",
        better_in=(),
        accuracy=rate(n, discordance=discordance),
        cases_needed=needed,
    )


def test_a_verdict_names_what_shows_it() -> None:
    assert said() == (
        "B is better than A: accuracy +6.2 points (adjusted p = 0.021); relevance score +0.043 "
        "(adjusted p = 0.014)."
    )
    assert said(conclusion="worse", better_in=(), worse_in=("accuracy",), accuracy=LOSS) == (
        "B is worse than A: accuracy −6.2 points (adjusted p < 0.001)."
    )
    assert said(conclusion="mixed", better_in=("relevance",), worse_in=("accuracy",)) == (
        "B is better than A in relevance score +0.043 (adjusted p = 0.014), and worse in accuracy "
        "+6.2 points (adjusted p = 0.021)."
    )


def test_without_evidence_it_is_said_how_many_cases_would_show_three_points() -> None:
    assert undecided(160, 0.1, 870) == (
        "No evidence of a difference: n ≈ 870 would be needed to see 3 points; A and B share 160 "
        "cases."
    )
    assert undecided(870, 0.1, 870) == (
        "No evidence of a difference, though n ≈ 870 is enough to see 3 points and A and B share "
        "870 cases."
    )


@pytest.mark.parametrize(
    ("discordance", "words"),
    [
        (0.0125, "right and wrong together but for 1.2 % of the cases, so that they cannot be 3"),
        (0.0001, "right and wrong together in nearly all cases, so that they cannot be 3"),
        (0.0, "right and wrong together in all cases, so that they cannot be 3 points apart here."),
    ],
)
def test_models_that_are_hardly_ever_discordant_cannot_differ_by_three_points(
    discordance: float, words: str
) -> None:
    assert words in undecided(160, discordance, None)


def test_without_a_shared_case_nothing_is_said() -> None:
    assert undecided(0, None, None) == (
        "Nothing can be said: no case has a prediction in both A and B."
    )


def test_a_regression_names_what_is_worse() -> None:
    found = comparison(conclusion="mixed", worse_in=("accuracy",), accuracy=LOSS)
    assert regression(found, report(found)) == (
        "B is worse than A in accuracy −6.2 points (adjusted p < 0.001)"
    )


def noted(found: Comparison, words: str, **changes: object) -> bool:
    return any(words in note for note in cautions(report(found, **changes)))


def test_readers_are_told_what_limits_the_comparison() -> None:
    plain = comparison()
    assert len(cautions(report(plain))) == 2
    assert noted(plain, "adjusted (Holm) for the 2 tests")
    assert noted(plain, "which run ranks higher", calibration="none")
    apart = comparison(
        verdicts_apart=VerdictsApart(pairs=190, apart=12, largest_gap=0.0815, cases=1)
    )
    assert noted(apart, "other verdicts on 12 of 190 pairs (up to 0.082) and on 1 case that both")
    assert noted(apart, "--matrix with the matrix.json of A measures both by the same verdicts")
    some = Missing(first=2, second=5)
    assert noted(
        comparison(accuracy=rate(missing=some)),
        "Accuracy leaves out cases without a prediction, seldom a random choice: 2 in A, 5 in B.",
    )
    assert noted(
        comparison(relevance=score(missing=some)),
        "Relevance leaves out unscored cases, seldom a random choice: 2 in A, 5 in B.",
    )


def test_differences_have_a_sign_unless_they_round_to_0() -> None:
    assert [points(one) for one in (0.0625, -0.0625, 0.0004, -0.0004, None)] == [
        "+6.2",
        "−6.2",
        "0.0",
        "0.0",
        "–",
    ]
    assert [signed(one) for one in (0.0625, -0.0625, 0.0, None)] == [
        "+0.062",
        "−0.062",
        "0.000",
        "–",
    ]


def test_a_difference_without_an_interval_says_why() -> None:
    assert with_interval(points, Measure(value=0.5, ci95=None, n=9), " points") == (
        "+50.0 points (n < 10)"
    )
    assert with_interval(signed, Measure(value=None, ci95=None, n=0)) == "–"


def test_the_judge_is_named() -> None:
    assert "ollama llama3.2 (sha256:0123456789ab, 0.33), rubric category-relevance" in (
        judge_line(report())
    )
