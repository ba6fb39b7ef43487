from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.report.html.drawing import short_name
from evaluator.report.html.heat_map import HeatCell, heat_map

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """"><script>alert(1)</script>&'"""
IN_XML = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


def test_a_cell_tells_its_numbers_and_where_it_leads() -> None:
    cell = HeatCell(1, 0, "miss", ("12", ".03"), "12 cases", 0.5, 0.25, link=(7, 4))
    drawn = ElementTree.fromstring(heat_map(["one", "two"], [cell], "two labels"))
    assert drawn.attrib["aria-label"] == "two labels"
    (group,) = (one for one in drawn.iter(f"{SVG}g") if "cell" in one.attrib["class"])
    assert group.attrib["class"] == "cell miss"
    assert group.attrib["style"] == "--heat:50%;--near-share:25%"
    assert (group.attrib["data-gold"], group.attrib["data-predicted"]) == ("7", "4")
    assert [one.text for one in group.iter(f"{SVG}text")] == ["12", ".03"]
    assert [one.text for one in group.iter(f"{SVG}title")] == ["12 cases"]


def test_a_hostile_label_stays_text() -> None:
    cell = HeatCell(0, 0, "hit", ("1",), HOSTILE)
    drawn = ElementTree.fromstring(heat_map([HOSTILE], [cell], "one label"))
    assert not list(drawn.iter(f"{SVG}script"))
    texts = {one.text for one in drawn.iter() if one.text}
    assert {HOSTILE, short_name(HOSTILE)} <= texts


@searching
@given(st.lists(st.text(IN_XML), max_size=4))
def test_any_labels_make_a_whole_drawing(labels: list[str]) -> None:
    cells = [HeatCell(n, n, "hit", ("1",), label) for n, label in enumerate(labels)]
    drawn = ElementTree.fromstring(heat_map(labels, cells, "labels"))
    assert float(drawn.attrib["width"]) > 0


def test_a_label_cannot_turn_around_what_stands_beside_it() -> None:
    cell = HeatCell(0, 0, "hit", ("1",), "\u202eevil: 1 case right")
    drawn = heat_map(["\u202eevil"], [cell], "one label")
    assert "\u202e" not in drawn
    assert "\ufffdevil" in drawn
