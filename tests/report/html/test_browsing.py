import json

from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.report.html.browsing import (
    LONGEST_NAME,
    MOST_CHOICES,
    Browsable,
    Column,
    choices,
    script_json,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@searching
@given(st.recursive(TEXT | st.none() | st.integers(), st.lists))
def test_json_in_a_page_holds_the_value_and_no_markup(value: object) -> None:
    written = script_json({"rows": value})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {"rows": value}


def test_a_table_is_columns_and_rows() -> None:
    table = Browsable((Column("score", "number", digits=2), Column("id", "text")), ((0.5, "x"),))
    assert json.loads(table.script()) == {
        "columns": [
            {"name": "score", "kind": "number", "values": [], "digits": 2},
            {"name": "id", "kind": "text", "values": [], "digits": 0},
        ],
        "rows": [[0.5, "x"]],
    }


@searching
@given(st.lists(st.none() | TEXT, max_size=20), st.lists(TEXT, unique=True, max_size=5))
def test_few_texts_are_a_choice_by_index(texts: list[str | None], first: list[str]) -> None:
    column, cells = choices("gold", texts, first)
    assert column.values[: len(first)] == tuple(first)
    read = [None if cell is None else column.values[int(cell)] for cell in cells]
    whole = [one if one is None or one in first else " ".join(one.split()) for one in texts]
    assert read == whole


def test_long_texts_are_cut_but_not_those_of_the_label_set() -> None:
    long = "x" * 500
    column, _ = choices("predicted", [long, long + "y"], [long])
    assert column.values == (long, "x" * (LONGEST_NAME - 1) + "…")


def test_many_texts_stay_texts() -> None:
    texts = [str(number) for number in range(MOST_CHOICES + 1)]
    assert choices("predicted", texts) == (Column("predicted", "text"), texts)
    column, _ = choices("gold", texts[:5], texts)  # a large label set is a choice all the same
    assert column.kind == "choice"
