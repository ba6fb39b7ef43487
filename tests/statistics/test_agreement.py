import itertools
import math
import random
from collections.abc import Sequence
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import searching
from sklearn.metrics import cohen_kappa_score

from evaluator.statistics.agreement import Metric, krippendorff_alpha, quadratic_kappa
from evaluator.statistics.estimate import Estimate

LEVELS = ["unrelated", "related", "same"]
METRICS: tuple[Metric, Metric] = ("ordinal", "interval")

PAIRS = st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), max_size=40)
Units = list[list[float | None]]
RATINGS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 4).map(float)), max_size=4), max_size=25
)

# Krippendorff (2011, "Computing Krippendorff's Alpha-Reliability"), twelve units of four observers.
PUBLISHED: Units = [
    [1, 1, None, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [None, 5, 5, 5],
    [None, None, 1, 1],
    [None, 3, None, None],
]


def kappa(pairs: Sequence[tuple[str, str]], seed: int = 0) -> Estimate:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    return quadratic_kappa(first, second, LEVELS, seed)


@given(pairs=PAIRS.filter(len))
@searching
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    found = kappa(pairs)
    if len({*first, *second}) == 1:
        assert found == Estimate(None, None, len(pairs))
        return
    expected = cohen_kappa_score(first, second, labels=LEVELS, weights="quadratic")
    assert found.value == pytest.approx(expected)
    assert found.value is not None
    assert -1 <= found.value <= 1


def test_kappa_of_a_table_counted_by_hand() -> None:
    # same/same 5, same/related 2, related/related 1, unrelated/same 1, unrelated/unrelated 3.
    pairs = [
        *[("same", "same")] * 5,
        *[("same", "related")] * 2,
        ("related", "related"),
        ("unrelated", "same"),
        *[("unrelated", "unrelated")] * 3,
    ]
    # Squared distances: 2·1 + 1·4 = 6 of 12. Expected, by moments: the first has 7 twos, 1 one and
    # 4 zeros (sum 15, squares 29), the second 6 twos and 3 ones (sum 15, squares 27): (29 + 27)/12
    # - 2·(15/12)² = 4.6667 - 3.125 = 1.5417. Kappa is 1 - 0.5/1.5417 = 25/37.
    estimate = kappa(pairs)
    assert estimate.value == pytest.approx(25 / 37)
    assert estimate.n == 12
    low, high = estimate.interval or (2.0, 2.0)
    assert -1 <= low < 25 / 37 < high <= 1


@given(pairs=PAIRS, draw=st.randoms(use_true_random=False))
@searching
def test_kappa_does_not_mind_the_order_of_units_nor_who_is_first(
    pairs: list[tuple[str, str]], draw: random.Random
) -> None:
    shuffled = pairs[:]
    draw.shuffle(shuffled)
    assert kappa(shuffled) == kappa(pairs)
    assert kappa([(other, one) for one, other in pairs]).value == pytest.approx(kappa(pairs).value)


@given(pairs=PAIRS)
@searching
def test_kappa_depends_on_distances_of_levels_and_not_on_their_names(
    pairs: list[tuple[str, str]],
) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    backwards = quadratic_kappa(first, second, LEVELS[::-1], seed=0)
    assert backwards.value == pytest.approx(kappa(pairs).value)
    scores = {"unrelated": 0.0, "related": 0.5, "same": 1.0}
    renamed = quadratic_kappa(
        [scores[one] for one in first], [scores[one] for one in second], [0.0, 0.5, 1.0], seed=0
    )
    assert renamed == kappa(pairs)


@given(pairs=PAIRS.filter(lambda pairs: len(pairs) >= 10), seed=st.integers(0, 9))
@settings(searching, max_examples=25)
def test_kappas_interval_holds_its_estimate_and_is_repeatable(
    pairs: list[tuple[str, str]], seed: int
) -> None:
    estimate = kappa(pairs, seed)
    if estimate.interval is not None and estimate.value is not None:
        assert -1 <= estimate.interval[0] <= estimate.value <= estimate.interval[1] <= 1
    assert kappa(pairs, seed) == estimate


def test_raters_who_always_agree_have_no_interval() -> None:
    assert kappa([("same", "same"), ("related", "related")] * 10) == Estimate(1.0, None, 20)


def test_raters_of_one_level_each_agree_no_more_than_by_chance() -> None:
    assert kappa([("same", "unrelated")] * 10) == Estimate(0.0, None, 10)
    assert kappa([("same", "same")] * 10) == Estimate(None, None, 10)
    assert kappa([]) == Estimate(None, None, 0)


def test_kappa_refuses_ratings_that_do_not_belong() -> None:
    with pytest.raises(ValueError, match="1 ratings cannot be compared with 2"):
        quadratic_kappa(["same"], ["same", "same"], LEVELS, seed=0)
    with pytest.raises(ValueError, match="'odd'"):
        quadratic_kappa(["same"], ["odd"], LEVELS, seed=0)


def test_alpha_of_the_published_example() -> None:
    # Krippendorff gives .815 for ordinal and .849 for interval data. The digits beyond are those of
    # the package krippendorff 0.9.0, krippendorff.alpha(data, level_of_measurement=…); it is under
    # the GPL and therefore no dependency.
    ordinal = krippendorff_alpha(PUBLISHED, "ordinal", seed=0)
    assert ordinal.value == pytest.approx(0.8153875037548814)
    assert ordinal.n == 11  # the last unit has one rating
    interval = krippendorff_alpha(PUBLISHED, "interval", seed=0)
    assert interval.value == pytest.approx(0.8491071428571428)


def test_alpha_of_scores_between_levels() -> None:
    ratings: Units = [
        [0, 0, None],
        [0.5, 1, 0.5],
        [1, 1, 1],
        [1, 0.5, 1],
        [None, 0.5, 0.5],
        [0, None, 0],
        [0.5, 0.5, 0],
        [1, 1, None],
        [0, 0.5, 0],
        [0.25, None, 1],
    ]
    # krippendorff 0.9.0, as above.
    ordinal, interval = (krippendorff_alpha(ratings, metric, seed=0) for metric in METRICS)
    assert ordinal.value == pytest.approx(0.6242051282051282)
    assert interval.value == pytest.approx(0.6287128712871288)


def test_alpha_of_two_raters_by_hand() -> None:
    # Units (0, 0), (0, 1), (1, 1), (2, 2). Interval: of 8 ratings 3 are 0, 3 are 1 and 2 are 2. The
    # one unit apart gives D_o = 2·1/8. Between any two: 9 pairs 0-1, 6 pairs 1-2 at distance 1, 6
    # pairs 0-2 at 4: D_e = 2·(9 + 6 + 24)/(8·7) = 39/28. Alpha = 1 - (1/4)·(28/39) = 32/39.
    ratings: Units = [[0, 0], [0, 1], [1, 1], [2, 2]]
    found = krippendorff_alpha(ratings, "interval", seed=0)
    assert found == Estimate(pytest.approx(32 / 39), None, 4)
    # Ordinal: mid-ranks 1.5, 4.5 and 7, so 0-1 is 3 apart, 1-2 2.5 and 0-2 5.5: D_o = 2·9/8, D_e =
    # 2·(9·9 + 6·6.25 + 6·30.25)/56 = 300/28. Alpha = 1 - (9/4)·(28/300) = 0.79.
    found = krippendorff_alpha(ratings, "ordinal", seed=0)
    assert found == Estimate(pytest.approx(0.79), None, 4)


def alpha_by_definition(ratings: Units, metric: Metric) -> Fraction | None:
    """Alpha from all pairs of ratings, in fractions."""
    units = [[rating for rating in unit if rating is not None] for unit in ratings]
    units = [unit for unit in units if len(unit) > 1]
    pool = [rating for unit in units for rating in unit]

    def distance(one: float, other: float) -> Fraction:
        if metric == "interval":
            return Fraction(one - other) ** 2
        low, high = sorted((one, other))
        between = sum(low <= rating <= high for rating in pool)
        return (between - Fraction(pool.count(low) + pool.count(high), 2)) ** 2

    observed = sum(
        distance(one, other) / (len(unit) - 1)
        for unit in units
        for one, other in itertools.permutations(unit, 2)
    )
    expected = sum(distance(one, other) for one, other in itertools.permutations(pool, 2))
    return 1 - observed * (len(pool) - 1) / expected if expected else None


@given(ratings=RATINGS, metric=st.sampled_from(METRICS))
@searching
def test_alpha_is_what_its_definition_says(ratings: Units, metric: Metric) -> None:
    found = krippendorff_alpha(ratings, metric, seed=0)
    expected = alpha_by_definition(ratings, metric)
    assert found.value == (None if expected is None else pytest.approx(float(expected)))
    assert found.n == sum(sum(rating is not None for rating in unit) > 1 for unit in ratings)
    assert found.value is None or found.value <= 1


@given(ratings=RATINGS, metric=st.sampled_from(METRICS), draw=st.randoms(use_true_random=False))
@searching
def test_alpha_does_not_mind_the_order_of_units_and_raters(
    ratings: Units, metric: Metric, draw: random.Random
) -> None:
    shuffled = [unit[:] for unit in ratings]
    for part in (shuffled, *shuffled):
        draw.shuffle(part)
    assert krippendorff_alpha(shuffled, metric, seed=4) == krippendorff_alpha(ratings, metric, 4)


@given(ratings=RATINGS)
@searching
def test_ordinal_alpha_depends_on_order_alone_and_interval_alpha_on_no_scale(
    ratings: Units,
) -> None:
    bent = [[None if one is None else math.exp(one) for one in unit] for unit in ratings]
    moved = [[None if one is None else 3 - one / 7 for one in unit] for unit in ratings]
    ordinal, interval = (krippendorff_alpha(ratings, metric, seed=0) for metric in METRICS)
    assert krippendorff_alpha(bent, "ordinal", seed=0) == ordinal
    assert krippendorff_alpha(moved, "interval", seed=0).value == pytest.approx(interval.value)


def test_alpha_has_no_value_where_all_ratings_are_equal_and_no_interval_where_all_agree() -> None:
    for metric in METRICS:
        assert krippendorff_alpha([[0.1, 0.1]] * 30, metric, seed=0) == Estimate(None, None, 30)
        assert krippendorff_alpha([[0.1], [None, 2.0], []], metric, seed=0).n == 0
        agreed = krippendorff_alpha([[0.1, 0.1], [0.7, 0.7]] * 15, metric, seed=0)
        assert agreed == Estimate(1.0, None, 30)


def test_alpha_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="finite"):
        krippendorff_alpha([[1.0, math.nan]], "interval", seed=0)


def test_intervals_hold_the_agreement_of_the_population() -> None:
    # Two raters who see the true level with 80 % and else guess from its distribution q. A shared
    # guess has no covariance, so kappa is 0.8² = 0.64 by the law of total covariance; and so, but
    # for a term of order 1/n, are both alphas of raters with equal distributions.
    shares = [0.3, 0.2, 0.5]
    draw = numpy.random.default_rng(0)
    samples, held = 250, numpy.zeros(3)
    for sample in range(samples):
        true = draw.choice(3, p=shares, size=80)
        seen = [
            numpy.where(draw.random(80) < 0.8, true, draw.choice(3, p=shares, size=80))
            for _ in range(2)
        ]
        units = numpy.stack(seen, axis=1).astype(float).tolist()
        found = [
            quadratic_kappa(seen[0].tolist(), seen[1].tolist(), range(3), sample),
            *(krippendorff_alpha(units, metric, sample) for metric in METRICS),
        ]
        for place, one in enumerate(found):
            assert one.interval is not None
            held[place] += one.interval[0] <= 0.64 <= one.interval[1]
    # Binomial error √(.95·.05/250) = 1.4 %; three of them, and 1 % that a bootstrap may fall short.
    assert ((held / samples >= 0.897) & (held / samples <= 0.992)).all()
