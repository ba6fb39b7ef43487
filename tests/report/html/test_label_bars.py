from xml.etree import ElementTree

from evaluator.report.html.label_bars import label_bars
from evaluator.report.summary import LabelRow

SVG = "{http://www.w3.org/2000/svg}"


def row(label: str, n: int, recall: float) -> LabelRow:
    return LabelRow(
        label=label, n=n, precision=1, recall=recall, f1=1, score=0.75, error_relevance=0.4
    )


def test_a_bar_is_as_long_as_its_recall_and_has_its_interval() -> None:
    drawing = ElementTree.fromstring(label_bars([row("a<b", 10, 0.5)]))
    boxes = {one.attrib["class"]: one.attrib for one in reversed(list(drawing.iter(f"{SVG}rect")))}
    assert (boxes["bar"]["x"], boxes["bar"]["width"]) == ("0%", "50%")
    # scipy.stats.binomtest(5, 10).proportion_ci(method="wilson"): 0.2366, 0.7634
    low, length = (float(boxes["whisker"][name].rstrip("%")) for name in ("x", "width"))
    assert (round(low, 2), round(low + length, 2)) == (23.66, 76.34)
    (mark,) = drawing.iter(f"{SVG}circle")
    assert mark.attrib["cx"] == "75%"
    assert "a<b: recall 50.0 % (95 % CI 23.7–76.3), mean score 0.750" in {
        one.text for one in drawing.iter(f"{SVG}title")
    }


def test_a_mean_that_leaves_all_misses_out_has_no_mark() -> None:
    silent = row("a", 10, 0.5).model_copy(update={"score": 1.0, "error_relevance": None})
    assert "<circle" not in label_bars([silent])
    assert "<circle" in label_bars([silent.model_copy(update={"recall": 1.0})])
