import itertools

import pytest

from evaluator.judge.overrides import Level
from evaluator.judge.verdict import likeliest
from evaluator.statistics.rated import RatedItem, median_level, ratings_of


@pytest.mark.parametrize(
    ("ratings", "median"),
    [
        (("same",), "same"),
        (("same", "unrelated"), "unrelated"),
        (("same", "related"), "related"),
        (("same", "unrelated", "related"), "related"),
        (("unrelated", "same", "same", "same"), "same"),
        (("unrelated", "unrelated", "same", "same"), "unrelated"),
    ],
)
def test_the_median_of_two_middle_ratings_is_the_lower(
    ratings: tuple[Level, ...], median: Level
) -> None:
    for order in itertools.permutations(ratings):
        assert median_level(order) == median


@pytest.mark.parametrize(
    ("p_related", "p_same", "level"),
    [
        (0.51, 0.0, "related"),
        (0.5, 0.0, "unrelated"),  # as likely as not: the lower level
        (0.0, 1.0, "unrelated"),
        (1.0, 1.0, "same"),
        # 0.3 unrelated, 0.7·0.6 = 0.42 same, 0.28 related; then 0.52, 0.4·0.6 and 0.24.
        (0.7, 0.6, "same"),
        (0.48, 0.5, "unrelated"),
        (0.7, 0.5, "related"),  # 0.35 each
    ],
)
def test_the_likeliest_level(p_related: float, p_same: float, level: Level) -> None:
    assert likeliest(p_related, p_same) == level


def test_ratings_are_places_of_levels_with_the_judge_last() -> None:
    items = [
        RatedItem(("same", "unrelated"), 0.5, "related", 0.4, 0.8, False),
        RatedItem(("related",), 0.5, "same", 1.0, 1.0, True),
    ]
    assert ratings_of(items, with_judge=True) == [[2, 0, 1], [1, 2]]
    assert ratings_of(items, with_judge=False) == [[2, 0], [1]]
    assert [item.related for item in items] == [False, True]
