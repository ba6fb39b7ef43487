import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.judge.labels import LabelPair, LabelSet, labels_from_names
from evaluator.judge.question import TextPair
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.wanting import (
    FULL_MATRIX_UP_TO,
    pairs_to_judge,
    wanted_for_texts,
    wanted_of_any,
)

RUBRIC = load_rubric("category-relevance")
LABELS = labels_from_names(["cars", "cooking", "medicine"])
PAIRS = list(LABELS.pairs())


def many_labels(count: int) -> LabelSet:
    return labels_from_names([f"label {number:03}" for number in range(count)])


def test_a_small_label_set_is_judged_whole() -> None:
    assert pairs_to_judge(LABELS, []) == PAIRS
    full = many_labels(FULL_MATRIX_UP_TO)
    assert len(pairs_to_judge(full, [])) == 64 * 63 // 2


def test_of_a_large_label_set_only_what_was_met_is_judged() -> None:
    large = many_labels(65)
    met = [large.pair("label 009", "label 001"), large.pair("label 000", "label 064")]
    assert pairs_to_judge(large, iter([*met, met[0]])) == [
        LabelPair("label 000", "label 064"),
        LabelPair("label 001", "label 009"),
    ]
    assert pairs_to_judge(large, []) == []


def test_what_a_small_label_set_needs_is_known_before_any_prediction() -> None:
    wanted = wanted_of_any(LABELS)
    assert wanted is not None and wanted.pairs == PAIRS
    assert wanted_of_any(many_labels(65)) is None


def test_each_text_is_wanted_once_with_its_gold_label() -> None:
    predictions = [
        Prediction("1", "cars", "Lorries!"),
        Prediction("2", "cars", "The category is lorries."),
        Prediction("3", "medicine", "lorries"),
        Prediction("4", "cars", "cars"),
        Prediction("5", "cars", "Solution:"),
        Prediction("6", "cars", None, missing="empty-prediction"),
    ]
    wanted = wanted_for_texts(predictions, LABELS, RUBRIC)
    assert wanted.pairs == PAIRS
    assert wanted.texts == [TextPair("lorries", "cars"), TextPair("lorries", "medicine")]


def test_of_a_large_label_set_the_first_label_that_a_text_names_is_met() -> None:
    said = [Prediction("1", "label 001", "Maybe label 009 or label 002")]
    wanted = wanted_for_texts(said, many_labels(65), RUBRIC)
    assert wanted.pairs == [LabelPair("label 001", "label 009")]


def test_a_prediction_with_a_strange_gold_label_is_named() -> None:
    fine = Prediction("1", "Cars", "anything")
    wanted_for_texts([fine], LABELS, RUBRIC)
    with pytest.raises(DataUnusable, match="case '2' has the gold label 'law', which is not in"):
        wanted_for_texts([fine, Prediction("2", "law", "cars")], LABELS, RUBRIC)
