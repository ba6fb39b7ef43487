from benchmarks.label_sets import newsgroups
from benchmarks.pair_sets import grouped_pairs
from benchmarks.quality import SUBSETS, Target, subsets_of
from evaluator.statistics.estimate import Estimate


def test_subsets_are_the_same_at_every_run_and_have_related_and_unrelated_pairs() -> None:
    pairs = grouped_pairs(newsgroups())
    subsets = subsets_of(pairs)
    assert subsets == subsets_of(pairs)
    assert len(subsets) == SUBSETS >= 100
    for subset in subsets:
        assert (len(subset.words), len(subset.pairs)) == (4, 6)
        assert any(subset.related)
        assert not all(subset.related)


def test_a_target_is_reached_on_the_right_side_of_its_bound_alone() -> None:
    measured = Estimate(0.25, (0.2, 0.3), 20)
    assert Target("AUC", measured, 0.25).cells["reached"] == "yes"
    assert Target("AUC", measured, 0.26).cells["reached"] == "no"
    assert Target("Brier", measured, 0.24, at_least=False).cells["reached"] == "no"
    assert Target("Brier", measured, 0.25, at_least=False).cells["reached"] == "yes"
    assert Target("AUC", Estimate(None, None, 0), 0.0).cells["reached"] == "no"
