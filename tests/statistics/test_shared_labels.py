"""Means and differences over pairs that share labels."""

import itertools

import numpy
import pytest

from evaluator.statistics.discrimination import pair_auc
from evaluator.statistics.shared_labels import pair_auc_difference, pair_mean

LABELS = [f"label {number}" for number in range(12)]
PAIRS = list(itertools.combinations(LABELS, 2))


def test_the_mean_of_pairs_is_their_mean() -> None:
    values = [float(number % 3) for number in range(len(PAIRS))]
    found = pair_mean(PAIRS, values, seed=0)
    assert found.value == pytest.approx(sum(values) / len(values))
    assert found.n == 66
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_what_one_label_gets_wrong_makes_the_interval_wider_than_independent_pairs_would() -> None:
    wrong = [float("label 3" in pair) for pair in PAIRS]  # 11 of 66 pairs, all of one label
    spread = [float(number % 6 == 0) for number in range(len(PAIRS))]  # 11 of 66 pairs, of all
    of_one, of_all = (pair_mean(PAIRS, values, seed=0) for values in (wrong, spread))
    assert of_one.value == of_all.value == pytest.approx(1 / 6)
    assert of_one.interval is not None and of_all.interval is not None
    width, other = (high - low for low, high in (of_one.interval, of_all.interval))
    assert width > 1.5 * other


def test_equal_values_few_labels_and_no_pairs_have_no_interval() -> None:
    assert pair_mean(PAIRS, [1.0] * len(PAIRS), seed=0).interval is None
    few = PAIRS[:3]
    assert pair_mean(few, [0.0, 1.0, 1.0], seed=0).interval is None
    assert pair_mean([], [], seed=0).value is None


def test_the_difference_of_areas_is_that_of_each_alone() -> None:
    draw = numpy.random.default_rng(5)
    related = [number % 2 == 0 for number in range(len(PAIRS))]
    first = [float(one) + draw.normal() for one in related]
    second = [float(one) + 2 * draw.normal() for one in related]
    found = pair_auc_difference(PAIRS, first, second, related, seed=0)
    areas = [pair_auc(PAIRS, scores, related, seed=0).value for scores in (first, second)]
    assert areas[0] is not None and areas[1] is not None
    assert found.value == pytest.approx(areas[1] - areas[0])
    assert found.interval is not None and found.interval[0] < 0  # the second is noisier


def test_a_score_against_itself_differs_nowhere() -> None:
    related = [number % 2 == 0 for number in range(len(PAIRS))]
    scores = [float(number % 7) for number in range(len(PAIRS))]
    found = pair_auc_difference(PAIRS, scores, scores, related, seed=0)
    assert (found.value, found.interval) == (0.0, None)
    assert pair_auc_difference(PAIRS, scores, scores, [True] * 66, seed=0).value is None
