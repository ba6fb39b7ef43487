import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.verdict import Outcome, Verdict
from evaluator.report.case_line import EXCERPT, CaseLine, case_line, excerpt


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            Outcome(
                Prediction("7", "Cars", "cars", 0.75, truncated=True),
                "cars",
                "cars",
                Verdict("same", 1.0, None, "alias"),
                None,
            ),
            {
                "id": "7",
                "gold": "cars",
                "predicted": "cars",
                "confidence": 0.75,
                "score": 1.0,
                "level": "same",
                "p_related": None,
                "p_same": None,
                "flags": ["alias", "truncated"],
                "excerpt": None,
                "said": None,
            },
        ),
        (
            Outcome(
                Prediction("8", "cars", "Trams"),
                "cars",
                "trams",
                Verdict("related", 0.3, 0.6, "judged"),
                None,
            ),
            {
                "id": "8",
                "gold": "cars",
                "predicted": "trams",
                "confidence": None,
                "score": 0.3,
                "level": "related",
                "p_related": 0.6,
                "p_same": None,
                "flags": ["judged"],
                "excerpt": None,
                "said": None,
            },
        ),
        (
            Outcome(
                Prediction("8", "cars", "Perhaps lorries"),
                "cars",
                None,
                Verdict(None, 0.2, 0.75, "judged-text", 0.25, ambiguous=True, extra_categories=2),
                None,
                "lorries",
            ),
            {
                "id": "8",
                "gold": "cars",
                "predicted": "Perhaps lorries",
                "confidence": None,
                "score": 0.2,
                "level": None,
                "p_related": 0.75,
                "p_same": 0.25,
                "flags": ["judged-text", "ambiguous", "extra-categories:2"],
                "excerpt": None,
                "said": "lorries",
            },
        ),
        (
            Outcome(Prediction("9", "cars", "banana"), "cars", None, None, "http-400"),
            {
                "id": "9",
                "gold": "cars",
                "predicted": "banana",
                "confidence": None,
                "score": None,
                "level": None,
                "p_related": None,
                "p_same": None,
                "flags": ["unscored:http-400"],
                "excerpt": None,
                "said": None,
            },
        ),
        (
            Outcome(
                Prediction("10", "cars", None, missing="empty-text"),
                "cars",
                None,
                None,
                "empty-text",
            ),
            {
                "id": "10",
                "gold": "cars",
                "predicted": None,
                "confidence": None,
                "score": None,
                "level": None,
                "p_related": None,
                "p_same": None,
                "flags": ["unscored:empty-text"],
                "excerpt": None,
                "said": None,
            },
        ),
    ],
    ids=["alias", "judged", "text", "unanswered", "missing"],
)
def test_a_case_is_a_line(outcome: Outcome, expected: dict[str, object]) -> None:
    line = case_line(outcome)
    assert json.loads(line.model_dump_json()) == expected
    assert CaseLine.model_validate_json(line.model_dump_json()) == line


@searching
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_line_stays_one_line_whatever_the_id(case_id: str) -> None:
    outcome = Outcome(Prediction(case_id, "a", None), "a", None, None, "empty-text")
    written = case_line(outcome).model_dump_json()
    assert "\n" not in written and "\r" not in written
    assert json.loads(written)["id"] == case_id


def test_a_line_keeps_how_its_article_begins() -> None:
    article = "First\tline\nand \x1b[31mred  words"
    outcome = Outcome(Prediction("1", "a", "b", text=article), "a", "b", None, "timeout")
    assert case_line(outcome).excerpt == "First line and [31mred words"


def test_an_excerpt_keeps_what_scripts_need_and_nothing_that_turns_text_around() -> None:
    assert excerpt("\u202eevil\u2069 \u0645\u06cc\u200c\u0631\u0648\u062f so\u00adft") == (
        "evil \u0645\u06cc\u200c\u0631\u0648\u062f so\u00adft"
    )


@searching
@given(st.text())
def test_an_excerpt_is_short_and_on_one_line(article: str) -> None:
    shown = excerpt(article)
    assert len(shown) <= EXCERPT
    assert len(shown.splitlines()) <= 1
    assert excerpt(shown) == shown


def test_a_long_article_is_cut_with_a_mark() -> None:
    assert excerpt("word " * 500).endswith("…")
    assert excerpt("x" * EXCERPT) == "x" * EXCERPT
    assert excerpt("x" * (EXCERPT + 1)) == "x" * (EXCERPT - 1) + "…"
