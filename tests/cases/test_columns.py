import re

import pytest

from evaluator.cases.columns import (
    Column,
    confidence_column,
    gold_column,
    id_column,
    predicted_column,
    text_column,
)
from evaluator.errors import DataUnusable


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    with pytest.raises(DataUnusable) as caught:
        text_column("txet").find(["id", "text", "label"], "data.csv")
    assert str(caught.value) == (
        "data.csv has no column 'txet' for the article text; did you mean 'text'? "
        "It has: id, text, label."
    )


def test_a_missing_column_with_nothing_near_lists_what_there_is() -> None:
    with pytest.raises(DataUnusable, match=re.escape("'qqq' for the case id; it has: a, b.")):
        id_column("qqq").find(["a", "b"], "data.csv")


def test_a_named_column_wins_over_a_usual_one() -> None:
    assert gold_column("topic", "--label-column").find(["label", "topic"], "x") == "topic"


@pytest.mark.parametrize(
    ("column", "header", "found"),
    [
        (text_column(None), ["body", "text"], "text"),
        (text_column(None), ["body", "x"], "body"),
        (gold_column(None, "--f"), ["label", "label_name"], "label_name"),
        (gold_column(None, "--f"), ["target", "gold"], "gold"),
        (predicted_column(None), ["actual_output", "expected_output"], "actual_output"),
        (id_column(None), ["uid", "case_id"], "case_id"),
        (confidence_column(None), ["prob"], "prob"),
    ],
)
def test_usual_names_are_tried_in_order(column: Column, header: list[str], found: str) -> None:
    assert column.find(header, "x") == found


@pytest.mark.parametrize("column", [id_column(None), confidence_column(None)])
def test_an_optional_column_may_be_absent(column: Column) -> None:
    assert column.find(["a", "b"], "x") is None


@pytest.mark.parametrize(
    ("column", "flag"),
    [
        (text_column(None), "--text-column"),
        (gold_column(None, "--gold-column"), "--gold-column"),
        (predicted_column(None), "--predicted-column"),
    ],
)
def test_an_unrecognised_required_column_names_its_flag(column: Column, flag: str) -> None:
    with pytest.raises(DataUnusable, match=rf"\(it has: a, b\); name it with {flag}"):
        column.find(["a", "b"], "data.csv")
