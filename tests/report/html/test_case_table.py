from collections.abc import Callable, Sequence

import pytest

from evaluator.report.case_line import CaseLine
from evaluator.report.html import case_table as tables
from evaluator.report.html.case_table import case_table, outcome

LABELS = ("a", "b", "c")


def test_a_row_is_a_case(lines: Sequence[CaseLine]) -> None:
    table = case_table(lines, LABELS, calibrated=True)
    assert [column.name for column in table.columns] == [
        *("outcome", "case", "gold", "predicted", "P(related)", "score", "confidence", "how"),
        "article",
    ]
    outcomes, hows = table.columns[0].values, table.columns[7].values
    read = [(outcomes[int(row[0] or 0)], *row[1:7], hows[int(row[7] or 0)]) for row in table.rows]
    assert read == [
        ("right", "1", 0, 0, None, 1.0, 0.9, "exact"),
        ("near miss", "2", 0, 1, 0.6, 0.3, None, "judged"),
        ("far miss", "3", 0, 2, 0.1, 0.05, None, "judged"),
        ("unscored", "4", 1, 2, None, None, None, "unscored:timeout"),
    ]
    assert [row[8] for row in table.rows] == ["An article on a.", "Another one.", None, None]


def test_labels_have_their_places_as_values(line: Callable[..., CaseLine]) -> None:
    table = case_table([line(gold="b", predicted="elsewhere")], LABELS, calibrated=True)
    assert table.columns[2].values == LABELS
    assert table.columns[3].values == (*LABELS, "elsewhere")
    assert table.rows[0][2:4] == (1, 3)


@pytest.mark.parametrize(
    ("changes", "calibrated", "word"),
    [
        ({"p_related": 0.5}, True, "near miss"),
        ({"p_related": 0.49}, True, "far miss"),
        ({"p_related": None, "score": 0.0}, True, "far miss"),  # by rule
        ({"p_related": 0.9}, False, "miss"),
        ({"predicted": "a"}, False, "right"),
        ({"level": "same", "p_related": None}, True, "near miss"),  # a text that means it
        ({"score": None}, True, "unscored"),
    ],
)
def test_an_outcome_is_a_word(
    line: Callable[..., CaseLine], changes: dict[str, object], calibrated: bool, word: str
) -> None:
    assert outcome(line(**changes), calibrated=calibrated) == word


def test_articles_share_the_room_there_is(
    line: Callable[..., CaseLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ARTICLE_BYTES", 1_000)
    cases = [line(str(n), excerpt="あ" * 240) for n in range(5)]  # 3 bytes each
    articles = [str(row[-1]) for row in case_table(cases, LABELS, calibrated=True).rows]
    assert {len(one) for one in articles} == {40}
    assert all(one.endswith("…") for one in articles)


def test_without_articles_there_is_no_column_for_them(line: Callable[..., CaseLine]) -> None:
    table = case_table([line()], LABELS, calibrated=True)
    assert "article" not in [column.name for column in table.columns]
