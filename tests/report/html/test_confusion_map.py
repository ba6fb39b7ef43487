from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.overrides import Overrides
from evaluator.report.html import confusion_map as maps
from evaluator.report.html.confusion_map import confusion_map, drawn_labels, verdict_map
from evaluator.report.summary import Summary

SVG = "{http://www.w3.org/2000/svg}"
Cells = dict[str, tuple[str, list[str | None]]]


def cells_of(drawing: str) -> Cells:
    """Class and lines of each cell, by its tip."""
    groups = (
        one
        for one in ElementTree.fromstring(drawing).iter(f"{SVG}g")
        if "cell" in one.attrib.get("class", "")
    )
    return {
        str(next(one.iter(f"{SVG}title")).text): (
            one.attrib["class"],
            [line.text for line in one.iter(f"{SVG}text")],
        )
        for one in groups
    }


def test_cells_carry_count_and_relevance(summary: Summary, matrix: VerdictMatrix) -> None:
    # logits of a and b: (2 + 0)/2 = 1 → 0.731; of a and c: (-4 - 2)/2 = -3 → 0.047
    assert cells_of(confusion_map(summary, "abc", "abc")) == {
        "a: 4 cases right": ("cell hit", ["4"]),
        "b: 1 case right": ("cell hit", ["1"]),
        "a predicted as b: 2 cases, P(related) 0.731": ("cell miss", ["2", ".73"]),
        "a predicted as c: 1 case, P(related) 0.047": ("cell miss", ["1", ".05"]),
        "b predicted as c: 1 case, P(related) –": ("cell unjudged", ["1", "–"]),
    }


def test_what_costs_most_is_strongest(summary: Summary) -> None:
    drawing = ElementTree.fromstring(confusion_map(summary, "abc", "abc"))
    styles = {
        str(next(one.iter(f"{SVG}title")).text)[:16]: one.attrib["style"]
        for one in drawing.iter(f"{SVG}g")
        if one.attrib.get("class") == "cell miss"
    }
    # a→b costs 2·(1 - 0.731) = 0.538, a→c 0.953 and the unjudged b→c 1, the most:
    # 0.12 + 0.88·0.538 = 0.593, 0.12 + 0.88·0.953 = 0.959
    assert styles == {
        "a predicted as b": "--heat:59%;--near-share:73%",
        "a predicted as c": "--heat:96%;--near-share:5%",
    }


def test_labels_without_a_case_are_not_drawn(summary: Summary) -> None:
    assert drawn_labels(summary, ["x", "a", "b", "c", "y"]) == ["a", "b", "c"]


def test_of_many_labels_those_that_lose_most_are_drawn(
    summary_of: Callable[..., Summary],
    judge: Callable[..., VerdictMatrix],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maps, "WIDEST_MAP", 2)
    matrix = judge(["a", "b", "c"], {("a", "b"): (0, 0, 1), ("a", "c"): (0, 0, 1)})
    met = [Prediction(str(n), gold, said) for n, (gold, said) in enumerate(["ab", "ac", "ac"])]
    assert drawn_labels(summary_of(matrix, met), ["a", "b", "c"]) == ["a", "c"]


def test_verdicts_are_percentages_and_overruled_ones_are_marked(matrix: VerdictMatrix) -> None:
    overruled = replace(matrix, overrides=Overrides({LabelPair("b", "c"): "related"}, "0"))
    assert cells_of(verdict_map(overruled, "abc")) == {
        "b and a: P(related) 73.1 %": ("cell verdict", ["73"]),
        "c and a: P(related) 4.7 %": ("cell verdict", ["5"]),
        "c and b: P(related) 100.0 %": ("cell overruled", ["100"]),
    }
