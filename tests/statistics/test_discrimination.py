import itertools
import math
import random

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from sklearn.metrics import roc_auc_score

from evaluator.statistics.discrimination import item_auc, pair_auc
from evaluator.statistics.estimate import Estimate

ITEMS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40)
Items = list[tuple[int, bool]]


def auc_of(items: Items) -> Estimate:
    return item_auc([float(score) for score, _ in items], [positive for _, positive in items])


def delong(items: Items) -> tuple[float, float]:
    """The interval by definition: how often each item is on its right side, and their variances."""
    positives = [score for score, positive in items if positive]
    negatives = [score for score, positive in items if not positive]

    def wins(one: float, other: float) -> float:
        return (one > other) + (one == other) / 2

    by_positive = [numpy.mean([wins(one, other) for other in negatives]) for one in positives]
    by_negative = [numpy.mean([wins(one, other) for one in positives]) for other in negatives]
    area = numpy.mean(by_positive)
    variance = numpy.var(by_positive, ddof=1) / len(positives)
    variance += numpy.var(by_negative, ddof=1) / len(negatives)
    half = 1.959963984540054 * math.sqrt(variance) / (area * (1 - area))
    centre = math.log(area / (1 - area))
    return 1 / (1 + math.exp(half - centre)), 1 / (1 + math.exp(-half - centre))


@given(items=ITEMS)
@searching
def test_the_area_of_items_is_scikit_learns_and_its_interval_delongs(items: Items) -> None:
    found = auc_of(items)
    kinds = [positive for _, positive in items]
    if len(set(kinds)) < 2:
        assert found == Estimate(None, None, len(items))
        return
    assert found.value == pytest.approx(roc_auc_score(kinds, [score for score, _ in items]))
    if found.interval is not None:
        assert found.interval == pytest.approx(delong(items))
        assert 0 < found.interval[0] < found.value < found.interval[1] < 1


@given(items=ITEMS)
@searching
def test_the_area_depends_on_order_alone(items: Items) -> None:
    found = auc_of(items)
    bent = item_auc([math.exp(score) for score, _ in items], [positive for _, positive in items])
    assert bent == found
    turned = auc_of([(-score, positive) for score, positive in items])
    assert turned.value == (None if found.value is None else pytest.approx(1 - found.value))
    swapped = auc_of([(score, not positive) for score, positive in items])
    assert swapped.value == turned.value


@pytest.mark.parametrize(
    ("items", "value"),
    [
        ([(1, False), (2, True), (3, False), (4, True), (5, True)], 5 / 6),  # few: all but 3 over 2
        ([(1, False)] * 20 + [(0, True)], 0.0),
        ([(1, False), (1, True)] * 20, 0.5),
        ([(1, False), (2, True)] * 20, 1.0),
        ([(1, False), (3, False)] * 20 + [(2, True)], 0.5),  # one positive has no variance
    ],
)
def test_there_is_no_interval_of_an_area_without_variation(items: Items, value: float) -> None:
    assert auc_of(items) == Estimate(pytest.approx(value), None, len(items))


def test_the_interval_holds_the_area_of_the_population() -> None:
    # Normal scores one error apart: Φ(1/√2) = 0.7602.
    draw = numpy.random.default_rng(2)
    samples, held = 600, 0
    for _ in range(samples):
        positive = numpy.arange(60) < 20
        interval = item_auc((draw.normal(size=60) + positive).tolist(), positive.tolist()).interval
        assert interval is not None
        held += interval[0] <= 0.7602 <= interval[1]
    # Binomial error √(.95·.05/600) = 0.9 %; four of them.
    assert 0.914 <= held / samples <= 0.986


def all_pairs(labels: int) -> list[tuple[str, str]]:
    return list(itertools.combinations([f"label {number}" for number in range(labels)], 2))


@given(labels=st.integers(2, 14), seed=st.integers(0, 999))
@searching
def test_the_area_of_pairs_is_that_of_items_and_within_its_interval(labels: int, seed: int) -> None:
    draw = random.Random(seed)
    pairs = all_pairs(labels)
    scores = [float(draw.randrange(6)) for _ in pairs]
    related = [draw.random() < 0.4 for _ in pairs]
    found = pair_auc(pairs, scores, related, seed)
    expected = item_auc(scores, related).value
    assert found.value == (None if expected is None else pytest.approx(expected))
    assert found.n == labels
    if found.interval is not None and found.value is not None:
        assert 0 <= found.interval[0] <= found.value <= found.interval[1] <= 1
    # Neither the order of a pair's labels nor that of the pairs counts.
    order = list(range(len(pairs)))
    draw.shuffle(order)
    turned = [(pairs[place][1], pairs[place][0]) for place in order]
    mixed = [scores[place] for place in order], [related[place] for place in order]
    assert pair_auc(turned, *mixed, seed) == found


def test_a_resample_weighs_a_pair_by_the_product_of_its_labels() -> None:
    # The measure at given multiplicities, from the pairs written out that often.
    pairs = all_pairs(12)
    draw = random.Random(1)
    scores = [draw.random() for _ in pairs]
    related = [draw.random() < 0.5 for _ in pairs]
    labels = sorted({label for pair in pairs for label in pair})
    areas = []
    for weight in numpy.random.default_rng(7).multinomial(12, [1 / 12] * 12, 2_000):
        times = [weight[labels.index(one)] * weight[labels.index(other)] for one, other in pairs]
        area = item_auc(numpy.repeat(scores, times).tolist(), numpy.repeat(related, times).tolist())
        areas += [] if area.value is None else [area.value]
    expected = numpy.quantile(areas, [0.025, 0.975])
    found = pair_auc(pairs, scores, related, seed=0).interval
    # Tail quantiles of 2000 draws err by 0.06 deviations: five of two such.
    assert found == pytest.approx(tuple(expected), abs=5 * 0.085 * numpy.std(areas))


def coverage(shared: float, labels: int = 20, samples: int = 200) -> tuple[float, float]:
    """How often the interval over labels, and one over items, hold the area of the population.

    The judge sees more or less of what relates each label to others, by as much as `shared`, and
    is wrong about each pair by 1.
    """
    draw = numpy.random.default_rng(0)
    held_by_labels = held_by_items = 0
    # Related pairs score 1.5 more, give or take both labels' errors, and either kind its own.
    true = 0.5 + math.erf(1.5 / math.sqrt(2 * shared**2 + 2) / math.sqrt(2)) / 2
    pairs = all_pairs(labels)
    place = numpy.array(list(itertools.combinations(range(labels), 2)))
    for sample in range(samples):
        subject = draw.integers(0, 5, size=labels)
        related = subject[place[:, 0]] == subject[place[:, 1]]
        seen = 1.5 + shared * draw.normal(size=labels)[place].sum(axis=1)
        scores = seen * related + draw.normal(size=len(pairs))
        by_labels = pair_auc(pairs, scores.tolist(), related.tolist(), sample).interval
        by_items = item_auc(scores.tolist(), related.tolist()).interval
        assert by_labels is not None
        assert by_items is not None
        held_by_labels += by_labels[0] <= true <= by_labels[1]
        held_by_items += by_items[0] <= true <= by_items[1]
    return held_by_labels / samples, held_by_items / samples


def test_the_interval_over_labels_holds_where_pairs_are_not_independent() -> None:
    over_labels, over_items = coverage(shared=1.5)
    # Binomial error √(.95·.05/200) = 1.5 %; three of them. Independent items would be too sure.
    assert over_labels >= 0.905
    assert over_items < 0.9


def test_the_interval_over_labels_is_wider_than_need_be_where_pairs_are_independent() -> None:
    over_labels, over_items = coverage(shared=0.0)
    assert over_labels >= 0.97
    assert over_items >= 0.905


def test_there_is_no_area_of_one_kind_and_no_interval_of_few_labels() -> None:
    pairs = all_pairs(9)
    scores = [float(number) for number in range(len(pairs))]
    half = [number % 2 == 0 for number in range(len(pairs))]
    assert pair_auc(pairs, scores, [True] * len(pairs), 0) == Estimate(None, None, 9)
    assert pair_auc(pairs, scores, half, 0).interval is None
    assert pair_auc([], [], [], 0) == Estimate(None, None, 0)
    # A single related pair is missing wherever one of its labels is: 1 - (1 - 1/e)² of the time.
    pairs = all_pairs(12)
    one = [number == 0 for number in range(len(pairs))]
    scores = [float(number % 7) for number in range(len(pairs))]
    found = pair_auc(pairs, scores, one, 0)
    assert found.value is not None
    assert found.interval is None
    # Scores that are right without exception do not vary.
    grouped = [int(one[-1]) % 2 == int(other[-1]) % 2 for one, other in pairs]
    assert pair_auc(pairs, [float(kind) for kind in grouped], grouped, 0).interval is None


def test_scores_that_do_not_belong_are_refused() -> None:
    with pytest.raises(ValueError, match="1 scores cannot be of 2 items"):
        item_auc([1.0], [True, False])
    with pytest.raises(ValueError, match="finite"):
        item_auc([math.nan], [True])
    with pytest.raises(ValueError, match="different labels"):
        pair_auc([("a", "a")], [1.0], [True], 0)
    with pytest.raises(ValueError, match="different labels"):
        pair_auc([], [1.0], [True], 0)
