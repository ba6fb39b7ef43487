from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from sklearn.metrics import f1_score, precision_recall_fscore_support

from evaluator.statistics.classification import label_scores, macro_f1

LABELS = ["a", "b", "c", "d"]
OUTSIDE = "(none)"

CASES = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, None])), min_size=1, max_size=60
)


@given(cases=CASES)
@searching
def test_scores_are_those_of_scikit_learn(cases: list[tuple[str, str | None]]) -> None:
    gold = [truth for truth, _ in cases]
    predicted = [guess or OUTSIDE for _, guess in cases]
    scores = label_scores(Counter(cases), LABELS)
    precision, recall, f1, support = precision_recall_fscore_support(
        gold, predicted, labels=LABELS, zero_division=0.0
    )
    assert [one.label for one in scores] == LABELS
    assert [one.precision for one in scores] == pytest.approx(list(precision))
    assert [one.recall for one in scores] == pytest.approx(list(recall))
    assert [one.f1 for one in scores] == pytest.approx(list(f1))
    assert [one.n for one in scores] == list(support)
    expected = f1_score(
        gold, predicted, labels=sorted(set(gold)), average="macro", zero_division=0.0
    )
    assert macro_f1(scores) == pytest.approx(expected)


def test_scores_of_a_confusion_counted_by_hand() -> None:
    confusion = {("a", "a"): 3, ("a", "b"): 1, ("b", "b"): 2, ("b", None): 2}
    a, b, c = label_scores(confusion, ["a", "b", "c"])
    # a: 3 of 4 found, 3 of 3 claims right; F1 = 2·3/(4+3).
    assert (a.n, a.precision, a.recall, a.f1) == (4, 1.0, 0.75, pytest.approx(6 / 7))
    # b: 2 of 4 found, 2 of 3 claims right; F1 = 2·2/(4+3).
    assert (b.n, b.precision, b.recall, b.f1) == (
        4,
        pytest.approx(2 / 3),
        0.5,
        pytest.approx(4 / 7),
    )
    assert (c.n, c.precision, c.recall, c.f1) == (0, 0.0, 0.0, 0.0)
    assert macro_f1([a, b, c]) == pytest.approx((6 / 7 + 4 / 7) / 2)  # c does not occur


def test_a_label_that_is_only_predicted_lowers_no_mean() -> None:
    scores = label_scores({("a", "b"): 1, ("a", "a"): 1}, ["a", "b"])
    assert macro_f1(scores) == pytest.approx(2 / 3)  # a alone: 2·1/(2+1)


def test_there_is_no_mean_f1_without_a_case() -> None:
    assert macro_f1(label_scores({}, ["a", "b"])) is None
