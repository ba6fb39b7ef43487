from xml.etree import ElementTree

from evaluator.report.html.label_bars import TRACK, label_bars
from evaluator.report.summary import LabelRow

SVG = "{http://www.w3.org/2000/svg}"


def row(label: str, n: int, recall: float) -> LabelRow:
    return LabelRow(
        label=label, n=n, precision=1, recall=recall, f1=1, score=0.75, error_relevance=None
    )


def test_a_bar_is_as_long_as_its_recall_and_has_its_interval() -> None:
    drawing = ElementTree.fromstring(label_bars([row("a<b", 10, 0.5)]))
    (bar,) = drawing.iter(f"{SVG}rect")
    start, length = float(bar.attrib["x"]), float(bar.attrib["width"])
    assert length == TRACK / 2
    # scipy.stats.binomtest(5, 10).proportion_ci(method="wilson"): 0.2366, 0.7634
    whisker = next(one for one in drawing.iter(f"{SVG}path") if one.attrib["class"] == "whisker")
    ends = [float(pair.split(",")[0]) for pair in whisker.attrib["d"].strip("M").split(" L")]
    assert [round((end - start) / TRACK, 4) for end in ends] == [0.2366, 0.7634]
    (mark,) = drawing.iter(f"{SVG}circle")
    assert float(mark.attrib["cx"]) == start + 0.75 * TRACK
    assert "a<b: recall 50.0 % (95 % CI 23.7–76.3), mean score 0.750" in {
        one.text for one in drawing.iter(f"{SVG}title")
    }
