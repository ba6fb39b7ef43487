from xml.etree import ElementTree

import pytest

from evaluator.report.agreement import Measure
from evaluator.report.html.difference_plot import Difference, difference_plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(value: float | None, low: float, high: float, name: str = "a") -> ElementTree.Element:
    change = Measure(value=value, ci95=(low, high), n=50)
    return ElementTree.fromstring(difference_plot([Difference(name, change)], "changes"))


def boxes_of(drawing: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    """Where each box of a class begins and ends, in percent, from left to right."""
    boxes = [one.attrib for one in drawing.iter(f"{SVG}rect") if one.attrib["class"] == kind]
    starts = [float(box["x"].rstrip("%")) for box in boxes]
    widths = [float(box["width"].rstrip("%")) for box in boxes]
    return [(start, start + width) for start, width in zip(starts, widths, strict=True)]


def test_the_interval_and_the_value_are_where_the_axis_says() -> None:
    drawing = drawn(0.1, -0.05, 0.2)
    ((zero, _),) = boxes_of(drawing, "tick zero")
    ((low, high),) = boxes_of(drawing, "whisker")
    (point,) = drawing.iter(f"{SVG}circle")
    # 0 is in the middle, and the end farthest from it, 0.2, at the end: 2.5 % a point
    assert (zero, low, high) == (50, pytest.approx(37.5), pytest.approx(100))
    assert point.attrib["cx"] == "75%"
    names = [one.text for one in drawing.iter(f"{SVG}text") if "tick-name" in one.attrib["class"]]
    assert names == ["−20.0", "−10.0", "0.0", "+10.0", "+20.0"]


@pytest.mark.parametrize(
    ("low", "high", "kind"), [(0.01, 0.1, "gain"), (-0.1, -0.01, "loss"), (-0.1, 0.1, "even")]
)
def test_only_what_leaves_zero_out_is_coloured(low: float, high: float, kind: str) -> None:
    groups = [one.attrib["class"] for one in drawn((low + high) / 2, low, high).iter(f"{SVG}g")]
    assert groups == [f"difference {kind}"]


def test_without_a_value_there_is_no_line_and_without_an_interval_no_whisker() -> None:
    assert list(drawn(None, 0, 0).iter(f"{SVG}circle")) == []
    few = Difference("a", Measure(value=0.5, ci95=None, n=4))
    drawing = ElementTree.fromstring(difference_plot([few], "changes"))
    assert boxes_of(drawing, "whisker") == []
    assert [one.text for one in drawing.iter(f"{SVG}title")] == ["a: +50.0 points (n < 10)"]


def test_a_hostile_name_stays_text() -> None:
    hostile = '"><script>x()</script>'
    drawing = drawn(0.1, 0.0, 0.2, hostile)
    assert not list(drawing.iter(f"{SVG}script"))
    assert hostile in {one.text for one in drawing.iter(f"{SVG}text")}
