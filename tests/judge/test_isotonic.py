import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import searching
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from evaluator.judge.isotonic import Isotonic, fit_isotonic

PAIRS = st.lists(
    st.tuples(st.integers(-40, 40).map(lambda n: n / 10), st.booleans()), min_size=1, max_size=50
)


def test_the_function_is_a_line_between_its_knots_and_level_beyond() -> None:
    function = Isotonic((-1.0, 1.0, 2.0), (0.2, 0.6, 0.6))
    at = {-9.0: 0.2, -1.0: 0.2, 0.0: 0.4, 0.5: 0.5, 1.0: 0.6, 1.7: 0.6, 2.0: 0.6, 50.0: 0.6}
    assert {one: function.probability(one) for one in at} == pytest.approx(at)


def test_one_knot_says_the_same_of_every_pair() -> None:
    function = Isotonic((0.3,), (0.7,))
    assert [function.probability(one) for one in (-1.0, 0.3, 2.0)] == [0.7, 0.7, 0.7]


def test_neighbours_in_the_wrong_order_are_given_their_mean() -> None:
    # Unrelated at -2, then related at -1, unrelated at 0 and 1: those three fall, and are pooled to
    # 1/3. Related at 2 and 3. With six pairs the ends stay within 1/8 and 7/8.
    function = fit_isotonic([-2, -1, 0, 1, 2, 3], [False, True, False, False, True, True])
    found = [function.probability(one) for one in (-2, -1, 0, 1, 2, 3)]
    assert found == pytest.approx([1 / 8, 1 / 3, 1 / 3, 1 / 3, 7 / 8, 7 / 8])


@given(pairs=PAIRS)
@settings(searching)
def test_it_is_scikit_learns_function_that_rises_and_is_never_certain(
    pairs: list[tuple[float, bool]],
) -> None:
    logits, related = [one for one, _ in pairs], [one for _, one in pairs]
    function = fit_isotonic(logits, related)
    at = numpy.linspace(-5, 5, 101)
    found = [function.probability(float(one)) for one in at]
    assert found == sorted(found)
    assert 0 < found[0] <= found[-1] < 1
    # Bounds on a least squares fit that rises are the same as clipping it.
    theirs = IsotonicRegression().fit(logits, related).predict(logits)
    least = 1 / (len(pairs) + 2)
    expected = numpy.clip(theirs, least, 1 - least).tolist()
    assert [function.probability(one) for one in logits] == pytest.approx(expected)


def test_many_pairs_show_a_form_that_is_no_logistic_line() -> None:
    # P(related) is 0.1 below a logit of 0, and rises to 0.9 within a step there.
    draw = numpy.random.default_rng(3)
    logits = draw.uniform(-3, 3, 20_000)
    related = draw.random(20_000) < 0.1 + 0.8 * expit(40 * logits)
    function = fit_isotonic(logits.tolist(), related.tolist())
    for at, expected in ((-1.5, 0.1), (-0.4, 0.1), (0.4, 0.9), (1.5, 0.9)):
        assert function.probability(at) == pytest.approx(expected, abs=0.03)
