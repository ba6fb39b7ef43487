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
    texts,
)
from evaluator.report.wording import printable

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
def test_few_texts_are_a_choice_by_index(rows: list[str | None], first: list[str]) -> None:
    column, cells = choices("gold", rows, first)
    assert column.values[: len(first)] == tuple(map(printable, first))
    read = [None if cell is None else column.values[int(cell)] for cell in cells]
    whole = [one if one is None or one in first else " ".join(one.split()) for one in rows]
    assert read == [one if one is None else printable(one) for one in whole]


def test_long_texts_are_cut_but_not_those_of_the_label_set() -> None:
    long = "x" * 500
    column, _ = choices("predicted", [long, long + "y"], [long])
    assert column.values == (long, "x" * (LONGEST_NAME - 1) + "…")


def test_many_texts_stay_texts() -> None:
    many = [str(number) for number in range(MOST_CHOICES + 1)]
    assert choices("predicted", many) == (Column("predicted", "text"), many)
    column, _ = choices("gold", many[:5], many)  # a large label set is a choice all the same
    assert column.kind == "choice"


def test_no_text_turns_around_what_a_reader_sees() -> None:
    column, cells = choices("gold", ["\u202eevil"])
    assert (column.values, cells) == (("\ufffdevil",), [0])
    assert texts("case", ["\u202eevil\x00"]) == (Column("case", "text"), ["\ufffdevil\ufffd"])
