import string

from comparison_report import comparison, flipped, label, report, run
from markdown_it import MarkdownIt

from evaluator.report.comparison import Flips, Missing, VerdictsApart
from evaluator.report.comparison_markdown import LONGEST, comparison_markdown

HOSTILE = "<script>alert(1)</script> | [x](javascript:y) **b** `c`\n# d"


def test_the_report_holds_the_verdict_and_every_table() -> None:
    text = comparison_markdown(report())
    assert "**B is better than A: accuracy +6.2 points" in text
    assert "| A | base | 160 | 75.0 % | 0.500 | 0.812 | – |" in text
    assert "| change (95 % CI) | +6.2 points (+1.2 to +11.5) | +0.043 (+0.011 to +0.074) |" in text
    assert (
        "| sci.space | 40 | 75.0 % | 81.2 % | +6.2 (+1.2 to +11.5) | 1.000 | 0.500 | 0.625 |"
        in text
    )
    assert "| case-1 | sci.space | sci.med | 0.125 | A probe left for Mars |" in text
    assert "Judge: ollama llama3.2" in text


def test_a_regression_is_said_at_the_top() -> None:
    worse = comparison(conclusion="worse", better_in=(), worse_in=("relevance",))
    text = comparison_markdown(report(worse))
    assert "**Regression:** B is worse than A in relevance score +0.043" in text.split("| A |")[0]


def test_hostile_texts_are_shown_and_do_nothing() -> None:
    case = flipped(HOSTILE, gold=HOSTILE, second_predicted=HOSTILE, excerpt=HOSTILE)
    found = comparison(labels=(label(HOSTILE),), lost=Flips(total=1, listed=(case,)))
    text = comparison_markdown(report(found, runs=(run("A", HOSTILE), run("B", "b"))))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert not {child.type for child in inline} & {"html_inline", "link_open", "code_inline"}
    assert not any(token.type == "html_block" for token in tokens)
    cells = [token.content for token in tokens if token.type == "inline"]
    assert sum("script" in cell for cell in cells) == 6


def test_the_report_fits_a_comment_whatever_the_names_and_however_many_runs() -> None:
    long = "𝄞|" * 5_000
    some = Missing(first=10**6, second=10**6)
    listed = tuple(
        flipped(long, gold=long, second_predicted=long, excerpt=long) for _ in range(1_000)
    )
    flips = Flips(total=10**6, listed=listed)
    found = comparison()
    found = comparison(
        conclusion="mixed",
        better_in=("accuracy",),
        worse_in=("relevance",),
        accuracy=found.accuracy.model_copy(update={"missing": some}),
        relevance=found.relevance.model_copy(update={"missing": some}),
        labels=(label(long),) * 1_000,
        lost=flips,
        gained=flips,
        verdicts_apart=VerdictsApart(pairs=10**6, apart=10**6, largest_gap=1.0, cases=10**6),
    )
    letters = string.ascii_uppercase
    several = [found.model_copy(update={"letter": letter}) for letter in letters[1:]]
    whole = report(
        *several, runs=tuple(run(letter, long) for letter in letters), calibration="none"
    )
    whole = whole.model_copy(update={"judge": whole.judge.model_copy(update={"model": long})})
    text = comparison_markdown(whole)
    assert LONGEST / 2 < len(text.encode("utf-16-le")) / 2 <= LONGEST
    assert "Z is better than A in accuracy" in text
    # One comparison with the same names has room for as many as are ever shown.
    assert "Right in A alone (20 of 1000000)" in comparison_markdown(report(found))
