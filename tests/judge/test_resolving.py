import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.question import TextPair
from evaluator.judge.resolving import ResolvedPrediction, resolve
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.statement import statement_reader

LABELS = LabelSet(
    [Label("cars", "motoring", aliases=("autos",)), Label("food", "food"), Label("law", "law")]
)
READ = statement_reader(LABELS, load_rubric("category-relevance"))


def resolved(gold: str, label: str | None) -> ResolvedPrediction:
    return resolve(Prediction("case-7", gold, label), LABELS, READ)


def test_labels_are_looked_up_by_their_texts() -> None:
    found = resolved("AUTOS", "Food.")
    assert (found.gold.name, found.predicted, found.statement) == ("cars", LABELS["food"], None)


def test_a_text_that_is_no_label_is_read() -> None:
    found = resolved("cars", "It is about food.")
    assert found.statement is not None
    assert found.predicted is LABELS["food"]


@pytest.mark.parametrize(
    ("label", "pair", "text"),
    [
        ("cars", None, None),
        ("law", LabelPair("cars", "law"), None),
        ("maybe autos", None, None),
        ("!autos", None, None),
        ("law or cars", LabelPair("cars", "law"), None),
        ("lorries", None, TextPair("lorries", "cars")),
        ("Solution:", None, None),
        (None, None, None),
    ],
)
def test_only_what_decides_needs_a_verdict(
    label: str | None, pair: LabelPair | None, text: TextPair | None
) -> None:
    found = resolved("cars", label)
    assert (found.needed_pair(LABELS), found.needed_text) == (pair, text)


def test_a_gold_label_outside_the_set_is_refused_with_the_case() -> None:
    with pytest.raises(DataUnusable) as caught:
        resolved("boats", "cars")
    assert str(caught.value) == (
        "case 'case-7' has the gold label 'boats', which is not in the label set: cars, food, law."
    )
