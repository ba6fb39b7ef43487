import pytest

from benchmarks.determinism import stability
from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import PairJudgement
from evaluator.judge.scoring import Reading

ONE, OTHER = LabelPair("a", "b"), LabelPair("a", "c")


def judged(forward: float, backward: float) -> PairJudgement:
    return PairJudgement(Reading(forward, 1.0), Reading(backward, 1.0))


def test_a_run_is_compared_question_by_question_and_a_flip_is_of_a_pair() -> None:
    first = {ONE: judged(0.5, 0.25), OTHER: judged(-0.5, 0.25)}
    again = {ONE: judged(0.5, -0.75), OTHER: judged(-0.5, 0.25)}
    found = stability("some", "again", first, again)
    assert found.equal == 3 / 4
    assert found.furthest == 1.0
    assert found.flips == 1 / 2  # the first pair's mean goes from 0.375 to -0.125
    # 0.5, 0.25, -0.5, 0.25: mean 0.125, squares 0.140625, 0.015625, 0.390625, 0.015625.
    assert found.spread == pytest.approx((0.5625 / 4) ** 0.5)


def test_a_pair_that_was_not_judged_again_is_an_error_of_the_benchmark() -> None:
    with pytest.raises(AssertionError, match="not judged"):
        stability("some", "again", {ONE: judged(1, 1)}, {})
