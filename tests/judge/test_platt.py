import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import searching
from scipy import optimize
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from evaluator.errors import DataUnusable
from evaluator.judge.platt import Platt, fit_platt

PAIRS = st.lists(
    st.tuples(st.integers(-400, 400).map(lambda n: n / 100), st.booleans()), min_size=4, max_size=60
).filter(lambda pairs: {related for _, related in pairs} == {True, False})


def by_scipy(logits: list[float], related: list[bool]) -> Platt:
    """Platt's likelihood given to a general minimiser, from the definition alone."""
    positives, negatives = sum(related), len(related) - sum(related)
    targets = numpy.where(related, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line: numpy.ndarray) -> float:
        odds = line[0] * numpy.asarray(logits) + line[1]
        return float(numpy.sum(numpy.logaddexp(0, odds) - targets * odds))

    found = optimize.minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    return Platt(*map(float, found.x))


@given(pairs=PAIRS)
@settings(searching)
def test_the_fit_is_the_maximum_of_platts_likelihood(pairs: list[tuple[float, bool]]) -> None:
    logits, related = [one for one, _ in pairs], [one for _, one in pairs]
    found = fit_platt(logits, related)
    if len(set(logits)) == 1:
        # No slope can be told: only the probability at the one logit can, Laplace's mean target.
        positives, negatives = sum(related), len(related) - sum(related)
        mean = positives * (positives + 1) / (positives + 2) + negatives / (negatives + 2)
        assert found.probability(logits[0]) == pytest.approx(mean / len(pairs), abs=1e-6)
        return
    expected = by_scipy(logits, related)
    assert found.slope == pytest.approx(expected.slope, rel=1e-3, abs=1e-4)
    assert found.intercept == pytest.approx(expected.intercept, rel=1e-3, abs=1e-4)


def test_two_logits_are_given_the_targets_themselves() -> None:
    # At logit -1 stand three unrelated pairs, at 1 two related ones: two free parameters meet two
    # points exactly. Targets: related (2+1)/(2+2) = 3/4, log odds ln 3; unrelated 1/(3+2) = 1/5,
    # log odds -ln 4. The line through (-1, -ln 4) and (1, ln 3) has slope ln 12 / 2 and intercept
    # ln(3/4) / 2.
    found = fit_platt([-1.0, -1.0, -1.0, 1.0, 1.0], [False, False, False, True, True])
    assert found.slope == pytest.approx(math.log(12) / 2)
    assert found.intercept == pytest.approx(math.log(3 / 4) / 2)


def test_many_pairs_are_fitted_as_logistic_regression_does() -> None:
    # With 20 000 pairs the smoothed targets are within 1e-4 of 1 and 0, and the fit is that of
    # logistic regression without a penalty, and near the line the labels were drawn from.
    draw = numpy.random.default_rng(5)
    logits = draw.normal(0, 1.5, 20_000)
    related = draw.random(20_000) < expit(1.7 * logits - 0.6)
    found = fit_platt(logits.tolist(), related.tolist())
    plain = LogisticRegression(C=math.inf).fit(logits[:, None], related)
    assert found.slope == pytest.approx(plain.coef_[0, 0], abs=0.01)
    assert found.intercept == pytest.approx(plain.intercept_[0], abs=0.01)
    assert (found.slope, found.intercept) == pytest.approx((1.7, -0.6), abs=0.08)


@given(pairs=PAIRS, factor=st.sampled_from([1e-3, 0.1, 50.0]), offset=st.sampled_from([-30.0, 7.0]))
@settings(searching)
def test_the_probabilities_do_not_depend_on_the_scale_of_the_logits(
    pairs: list[tuple[float, bool]], factor: float, offset: float
) -> None:
    logits, related = [one for one, _ in pairs], [one for _, one in pairs]
    plain = fit_platt(logits, related)
    scaled = fit_platt([factor * one + offset for one in logits], related)
    for one in logits:
        moved = scaled.probability(factor * one + offset)
        assert moved == pytest.approx(plain.probability(one), abs=1e-5)


def test_certain_answers_that_separate_the_pairs_give_a_finite_line() -> None:
    # ±20 is what an answer without probabilities is read as. Four of each kind: 5/6 and 1/6.
    found = fit_platt([20.0] * 4 + [-20.0] * 4, [True] * 4 + [False] * 4)
    assert found.probability(20.0) == pytest.approx(5 / 6)
    assert found.probability(-20.0) == pytest.approx(1 / 6)


def test_a_judge_that_means_the_contrary_has_a_negative_slope() -> None:
    assert fit_platt([-2.0, -1.0, 1.0, 2.0], [True, True, False, False]).slope < 0


def test_far_logits_do_not_overflow() -> None:
    line = Platt(slope=1.0, intercept=0.0)
    assert line.probability(1e6) == 1.0
    assert line.probability(-1e6) == 0.0
    found = fit_platt([-1e6, -1e6 + 1, 1e6, 1e6 + 1], [False, False, True, True])
    assert found.probability(1e6) == pytest.approx(3 / 4, abs=1e-4)


@pytest.mark.parametrize("kind", [True, False])
def test_pairs_of_one_kind_alone_are_refused(kind: bool) -> None:
    with pytest.raises(DataUnusable, match="all related or all unrelated"):
        fit_platt([0.1, 0.2, 0.3], [kind] * 3)


def test_another_base_rate_multiplies_the_odds_by_the_ratio_of_the_priors() -> None:
    # Half of the fitted pairs are related, prior odds 1; of the population a fifth, odds 1/4. A
    # pair at even odds then has odds 1/4: one in five.
    line = Platt(slope=2.0, intercept=0.0)
    moved = line.shifted(share_in_fit=0.5, base_rate=0.2)
    assert moved.probability(0.0) == pytest.approx(0.2)
    assert moved.slope == 2.0
    assert logit(moved.probability(0.7)) - logit(line.probability(0.7)) == pytest.approx(
        -math.log(4)
    )


def test_the_base_rate_of_the_fit_changes_nothing() -> None:
    line = Platt(slope=1.2, intercept=-0.3)
    moved = line.shifted(share_in_fit=0.35, base_rate=0.35)
    assert (moved.slope, moved.intercept) == pytest.approx((1.2, -0.3))


def test_shifting_is_bayes_rule_on_a_population_of_another_mixture() -> None:
    # Logits of related pairs are normal around 1 and of others around -1, both with variance 1:
    # the exact posterior log odds are 2·logit + ln(prior odds). Drawn half and half, then refitted
    # on a population with one related pair in ten.
    draw = numpy.random.default_rng(11)
    half = draw.random(30_000) < 0.5
    tenth = draw.random(30_000) < 0.1
    fitted = fit_platt((draw.normal(0, 1, 30_000) + 2 * half - 1).tolist(), half.tolist())
    shifted = fitted.shifted(share_in_fit=float(half.mean()), base_rate=0.1)
    refitted = fit_platt((draw.normal(0, 1, 30_000) + 2 * tenth - 1).tolist(), tenth.tolist())
    assert (shifted.slope, shifted.intercept) == pytest.approx((2.0, -math.log(9)), abs=0.1)
    assert shifted.intercept == pytest.approx(refitted.intercept, abs=0.15)
