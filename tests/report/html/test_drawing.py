from xml.etree import ElementTree

import pytest

from evaluator.report.html.drawing import (
    WIDEST_NAME,
    as_markup,
    at,
    drawing_of_rows,
    name_width,
    short_name,
)


@pytest.mark.parametrize(
    ("label", "kept"),
    [("x" * 26, 26), ("x" * 27, 25), ("長" * 16, 16), ("長" * 17, 15), ("W" * 40, 15)],
)
def test_a_label_that_is_too_wide_is_cut_with_a_mark(label: str, kept: int) -> None:
    # 26 letters of 7.6 px and 16 of 12.5 px fit into 200 px, the mark is as wide as a letter
    assert short_name(label) == (label if kept == len(label) else label[:kept] + "…")
    assert name_width(short_name(label)) <= WIDEST_NAME


def test_names_have_room_on_the_left_of_what_is_drawn() -> None:
    drawing = ElementTree.fromstring(as_markup(drawing_of_rows(["ab", "長"], 30, "rows")))
    # two letters of 7.6 px are wider than the sign of 12.5 px; 8 px on both sides
    assert drawing.attrib["style"] == "padding:0 30px 0 31px"
    assert (drawing.attrib["width"], drawing.attrib["height"]) == ("100%", "72")
    assert "viewBox" not in drawing.attrib


def test_shares_stand_at_percentages() -> None:
    assert [at(share) for share in (0, 1 / 3, 1)] == ["0%", "33.3333%", "100%"]
