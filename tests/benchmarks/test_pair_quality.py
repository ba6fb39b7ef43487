import pytest

from benchmarks.pair_quality import Scores, auc_gain, mean_subset_auc, pair_quality
from benchmarks.pair_sets import PairSet

SIX = PairSet(
    "six",
    pairs=(("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")),
    related=(True, False, False, False, False, True),
    ratings=(9.0, 3.0, 2.0, 4.0, 1.0, 8.0),
)


def test_quality_is_measured_over_all_pairs() -> None:
    found = pair_quality(SIX, Scores("some", (0.9, 0.5, 0.1, 0.3, 0.2, 0.4)))
    # Of the 8 pairs of a related and an unrelated one, only 0.4 against 0.5 is lost.
    assert found.auc.value == pytest.approx(7 / 8)
    assert found.mean_related.value == pytest.approx((0.9 + 0.4) / 2)
    assert found.mean_unrelated.value == pytest.approx((0.5 + 0.1 + 0.3 + 0.2) / 4)
    assert found.brier is not None
    squares = 0.01 + 0.25 + 0.01 + 0.09 + 0.04 + 0.36
    assert found.brier.value == pytest.approx(squares / 6)
    # Ranks 6 5 1 3 2 4 against 6 3 2 4 1 5: squared distances 0 4 1 1 1 1, rho 1 - 6·8/(6·35).
    assert found.spearman.value == pytest.approx(1 - 48 / 210)
    assert found.answered == 1.0


def test_a_pair_without_a_score_counts_as_zero_and_is_left_out_of_the_answered() -> None:
    found = pair_quality(SIX, Scores("some", (None, 0.5, 0.1, 0.3, 0.2, 0.6)))
    assert found.auc.value == pytest.approx(4 / 8)  # the one related pair beats all, the other none
    assert found.auc_of_answered.value == 1.0
    assert found.answered == pytest.approx(5 / 6)


def test_scores_that_are_no_probabilities_have_no_brier_score() -> None:
    found = pair_quality(
        SIX, Scores("cosines", (0.9, -0.5, 0.1, 0.3, 0.2, 0.4), are_probabilities=False)
    )
    assert (found.brier, found.calibration_error) == (None, None)
    assert found.auc.value == 1.0


def test_equal_scores_are_chance_and_have_no_order() -> None:
    found = pair_quality(SIX, Scores("constant", (0.0,) * 6))
    assert found.auc.value == 0.5
    assert found.spearman.value is None


def test_a_gain_is_the_difference_of_the_areas() -> None:
    constant = Scores("constant", (0.0,) * 6)
    better = Scores("some", (0.9, 0.5, 0.1, 0.3, 0.2, 0.4))
    assert auc_gain(SIX, better, constant).value == pytest.approx(7 / 8 - 1 / 2)


def test_an_interval_of_labels_holds_the_value_of_a_larger_set() -> None:
    words = [f"{group}{number}" for group in "abcd" for number in range(4)]
    pairs = [(one, two) for at, one in enumerate(words) for two in words[at + 1 :]]
    related = tuple(one[0] == two[0] for one, two in pairs)
    # The words numbered 0 are taken as related to everything.
    scores = tuple(
        0.9 if "0" in one + two else 0.8 if near else 0.1
        for (one, two), near in zip(pairs, related, strict=True)
    )
    whole = PairSet("sixteen", tuple(pairs), related)
    found = pair_quality(whole, Scores("leaning", scores))
    assert found.auc.value is not None
    assert found.auc.interval is not None
    low, high = found.auc.interval
    assert low < found.auc.value < high
    by_subset = [
        (some, Scores("leaning", tuple(scores[pairs.index(pair)] for pair in some.pairs)))
        for some in (whole.within(words[:8]), whole.within(words[8:]))
    ]
    # In either half 12 pairs are related, 6 of them with a word numbered 0, and 16 are not, 7 of
    # them with one. Those beat or tie: 6·(9 + 7/2) + 6·9 of 12·16.
    assert mean_subset_auc(whole, by_subset).value == pytest.approx((6 * 12.5 + 6 * 9) / (12 * 16))
