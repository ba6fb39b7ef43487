import io

from comparison_report import comparison, flipped, label, report, run
from rich.console import Console

from evaluator.report.comparison import ComparisonReport, Flips
from evaluator.report.comparison_table import print_comparison


def printed(found: ComparisonReport) -> str:
    console = Console(file=io.StringIO(), width=80)
    print_comparison(found, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    return " ".join(text.split())


def test_the_verdict_comes_first_and_the_figures_stand_side_by_side() -> None:
    found = printed(report())
    assert found.startswith("B is better than A: accuracy +6.2 points")
    assert "A base 160 75.0 % 0.500 0.812 –" in found
    assert "B against A accuracy relevance score" in found
    assert "change (95 % CI) +6.2 points (+1.2 to +11.5) +0.043 (+0.011 to +0.074)" in found
    assert "P(B better) 0.991 0.997" in found
    assert "only A right 1 case" in found


def test_labels_and_cases_that_changed_are_listed() -> None:
    same = label("rec.autos", first_score=0.5, second_score=0.5)
    same = same.model_copy(
        update={
            "recall": same.recall.model_copy(
                update={"difference": label().recall.difference.model_copy(update={"value": 0.0})}
            )
        }
    )
    found = printed(report(comparison(labels=(label(), same))))
    assert "Recall of the labels that change (1 of 1; there are 2)" in found
    assert "sci.space 40 75.0 % 81.2 % +6.2 (+1.2 to +11.5) 1.000" in found
    assert "rec.autos" not in found
    assert "Right in A alone (1 of 1)" in found
    assert "case-1 sci.space sci.med 0.125" in found
    assert "Right in B alone" not in found


def test_a_case_that_only_the_second_gets_right_shows_what_the_first_says() -> None:
    case = flipped("case-2", first_predicted="rec.autos", second_predicted="sci.space")
    gained = Flips(total=30, listed=(case.model_copy(update={"first_score": None}),))
    found = printed(report(comparison(gained=gained)))
    assert "Right in B alone (1 of 30) case gold A says score" in found
    assert "case-2 sci.space rec.autos –" in found


def test_a_regression_is_said_at_the_end() -> None:
    worse = comparison(conclusion="worse", better_in=(), worse_in=("relevance",))
    found = printed(report(worse))
    assert found.endswith(
        "Regression: B is worse than A in relevance score +0.043 (adjusted p = 0.014)."
    )


def test_hostile_names_do_not_steer_the_terminal() -> None:
    hostile = "\x1b[31m\u202eevil"
    case = flipped(hostile, gold=hostile, second_predicted=hostile, excerpt=hostile)
    found = comparison(labels=(label(hostile),), lost=Flips(total=1, listed=(case,)))
    text = printed(report(found, runs=(run("A", hostile), run("B", "other"))))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_names_of_any_length_leave_the_rest_in_sight() -> None:
    long = "long\n" * 5_000
    case = flipped(long, gold=long, second_predicted=long)
    found = report(comparison(labels=(label(long),), lost=Flips(total=1, listed=(case,))))
    found = found.model_copy(
        update={"judge": found.judge.model_copy(update={"model": long}), "runs": (run("A", long),)}
    )
    console = Console(file=io.StringIO(), width=80)
    print_comparison(found, console)
    assert isinstance(console.file, io.StringIO)
    assert len(console.file.getvalue().splitlines()) < 70
