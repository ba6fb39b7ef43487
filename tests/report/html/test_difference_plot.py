from xml.etree import ElementTree

import pytest

from evaluator.report.agreement import Measure
from evaluator.report.html.difference_plot import TRACK, Difference, difference_plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(value: float | None, low: float, high: float, name: str = "a") -> ElementTree.Element:
    change = Measure(value=value, ci95=(low, high), n=50)
    return ElementTree.fromstring(difference_plot([Difference(name, change)], "changes"))


def lines_of(drawing: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    """Where each line of a class begins and ends, from left to right."""
    paths = [one for one in drawing.iter(f"{SVG}path") if one.attrib["class"] == kind]
    ends = ([float(end.split(",")[0]) for end in one.attrib["d"][1:].split(" L")] for one in paths)
    return [(start, stop) for start, stop in ends]


def test_the_interval_and_the_value_are_where_the_axis_says() -> None:
    drawing = drawn(0.1, -0.05, 0.2)
    ((zero, _),) = lines_of(drawing, "tick zero")
    ((low, high),) = lines_of(drawing, "whisker")
    (point,) = drawing.iter(f"{SVG}circle")
    scale = TRACK / 2 / 0.2  # the end farthest from 0 is at the end of the track
    assert low - zero == pytest.approx(-0.05 * scale, abs=0.01)
    assert high - zero == pytest.approx(0.2 * scale, abs=0.01)
    assert float(point.attrib["cx"]) - zero == pytest.approx(0.1 * scale, abs=0.01)
    names = [one.text for one in drawing.iter(f"{SVG}text") if one.attrib["class"] == "tick-name"]
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
    assert lines_of(drawing, "whisker") == []
    assert [one.text for one in drawing.iter(f"{SVG}title")] == ["a: +50.0 points (n < 10)"]


def test_a_hostile_name_stays_text() -> None:
    hostile = '"><script>x()</script>'
    drawing = drawn(0.1, 0.0, 0.2, hostile)
    assert not list(drawing.iter(f"{SVG}script"))
    assert hostile in {one.text for one in drawing.iter(f"{SVG}text")}
