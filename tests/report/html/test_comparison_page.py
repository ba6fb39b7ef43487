import json
import re
from typing import Any

import pytest
from comparison_report import comparison, flipped, label, report, run

from evaluator.report.comparison import ComparisonReport, Conclusion, Flips
from evaluator.report.html.comparison_page import comparison_page


def headings(page: str) -> list[str]:
    return [" ".join(one.split()) for one in re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)]


def tables(page: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script type="application/json" class="rows">(.*?)</script>', page)
    return [json.loads(one) for one in found]


def test_the_verdict_stands_first() -> None:
    page = comparison_page(report())
    (heading,) = headings(page)
    assert heading.startswith("✓ B is better than A: accuracy +6.2 points")
    assert "base and model-B" in page


@pytest.mark.parametrize(
    ("conclusion", "shown"),
    [("better", "passed"), ("worse", "failed"), ("mixed", "failed"), ("no-evidence", "open")],
)
def test_each_conclusion_has_its_colour(conclusion: Conclusion, shown: str) -> None:
    found = comparison(conclusion=conclusion, better_in=("accuracy",), worse_in=("relevance",))
    assert f'<h1 class="verdict {shown}">' in comparison_page(report(found))


def test_of_several_runs_each_has_its_verdict_and_its_cases() -> None:
    others = (comparison(), comparison(letter="C", conclusion="no-evidence"))
    page = comparison_page(report(*others))
    assert headings(page) == ["2 runs against A"]
    assert len(tables(page)) == 2
    for place in ('id="against-B"', 'id="against-C"', 'data-name="flipped cases of C"'):
        assert place in page


def test_cases_that_flipped_either_way_are_one_table() -> None:
    gained = flipped("case-2", first_predicted="sci.med", second_predicted="sci.space")
    lost = Flips(total=9, listed=(flipped("case-1"),))
    found = comparison(lost=lost, gained=Flips(total=1, listed=(gained,)))
    page = comparison_page(report(found))
    (table,) = tables(page)
    assert [row[:2] for row in table["rows"]] == [[0, "case-1"], [1, "case-2"]]
    assert table["columns"][0] == {
        "name": "right",
        "kind": "choice",
        "values": ["A", "B"],
        "digits": 0,
    }
    assert "10 cases right in one run alone; 2 are listed" in page


def test_hostile_names_and_endless_texts_do_no_harm() -> None:
    hostile = "<script>alert(1)</script>" * 200
    case = flipped(hostile, gold=hostile, second_predicted=hostile, excerpt=hostile[:240])
    found = comparison(labels=(label(hostile),), lost=Flips(total=1, listed=(case,)))
    page = comparison_page(report(found, runs=(run("A", hostile), run("B", "b"))))
    assert "<script>alert" not in page
    assert len(page) < len(comparison_page(report())) + 20_000


def test_a_report_that_was_read_back_makes_the_same_page() -> None:
    made = report()
    again = ComparisonReport.model_validate_json(made.model_dump_json())
    assert comparison_page(again) == comparison_page(made)
