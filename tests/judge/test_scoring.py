import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.protocol import Reply, TokenProbability, Unanswered, Usage
from evaluator.judge.rubric import AnswerWords
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import CERTAIN, Reading, read_answer, read_reply, read_text

WORDS = AnswerWords(yes=("Yes",), no=("No",))


def read(probabilities: dict[str, float]) -> Reading:
    return read_answer(
        (TokenProbability(token, math.log(p)) for token, p in probabilities.items()), WORDS
    )


def reason(*candidates: TokenProbability) -> str:
    with pytest.raises(Unanswered) as caught:
        read_answer(candidates, WORDS)
    return caught.value.reason


def test_the_logit_is_the_log_odds_of_yes_against_no() -> None:
    reading = read({"Yes": 0.6, "No": 0.2, "Maybe": 0.1})
    assert reading.logit == pytest.approx(math.log(0.6 / 0.2))  # ln 3
    assert reading.mass == pytest.approx(0.8)


def test_spellings_of_an_answer_are_summed() -> None:
    reading = read({" Yes": 0.3, "yes": 0.1, "YES\n": 0.1, "no": 0.25, "Yesterday": 0.2})
    assert reading.logit == pytest.approx(math.log(0.5 / 0.25))  # ln 2
    assert reading.mass == pytest.approx(0.75)


def test_other_answer_words_may_be_asked_for() -> None:
    words = AnswerWords(yes=("Ja ", "jo"), no=("Nein",))
    candidates = [TokenProbability(" ja", math.log(0.4)), TokenProbability("NEIN", math.log(0.1))]
    assert read_answer(candidates, words).logit == pytest.approx(math.log(4))


@pytest.mark.parametrize(
    ("probabilities", "odds"),
    [
        ({"Yes": 0.9, "Maybe": 0.01, "So": 0.05}, 0.9 / 0.01),  # no: at most the smallest listed
        ({"No": 0.9, "Maybe": 0.01}, 0.01 / 0.9),
        ({"Yes": 0.5}, 1.0),  # nothing else is listed: no has at most what yes has
    ],
)
def test_an_answer_that_is_not_listed_gets_the_smallest_listed_probability(
    probabilities: dict[str, float], odds: float
) -> None:
    reading = read(probabilities)
    assert reading.logit == pytest.approx(math.log(odds))
    assert reading.mass == pytest.approx(
        max(probabilities.get("Yes", 0), probabilities.get("No", 0))
    )


def test_an_impossible_answer_keeps_the_logit_finite() -> None:
    candidates = [TokenProbability("Yes", 0.0), TokenProbability("No", -math.inf)]
    reading = read_answer(candidates, WORDS)
    assert reading.logit == pytest.approx(-math.log(1e-30))
    assert reading.mass == 1.0


def test_mass_is_at_most_one_where_rounded_probabilities_sum_to_more() -> None:
    candidates = [TokenProbability("Yes", math.log(0.7)), TokenProbability("No", math.log(0.301))]
    assert read_answer(candidates, WORDS).mass == 1.0


@pytest.mark.parametrize("logprob", [math.nan, 0.001, math.inf])
def test_a_logarithm_that_is_no_probability_is_no_answer(logprob: float) -> None:
    bad = TokenProbability("other", logprob)
    assert reason(TokenProbability("Yes", -0.1), bad) == "bad-logprobs"


def test_a_first_token_that_is_neither_answer_is_no_answer() -> None:
    assert reason(TokenProbability("Well", -0.1), TokenProbability("y", -3.0)) == "no-answer-word"
    assert reason() == "no-answer-word"
    assert reason(TokenProbability("Yes", -math.inf)) == "no-answer-word"


CANDIDATES = st.lists(
    st.tuples(
        st.sampled_from(["Yes", " yes", "YES", "No", "no ", "Maybe", "The", ""]),
        st.floats(-30, 0, allow_nan=False),
    ),
    max_size=20,
)


@given(listed=CANDIDATES)
@searching
def test_every_list_of_candidates_follows_the_formula(listed: list[tuple[str, float]]) -> None:
    told = set(listed)  # one that is listed twice counts once
    yes = math.fsum(math.exp(p) for token, p in told if token.strip().lower() == "yes")
    no = math.fsum(math.exp(p) for token, p in told if token.strip().lower() == "no")
    assume(yes + no > 0)
    smallest = min(math.exp(p) for _, p in listed)
    reading = read_answer((TokenProbability(*one) for one in listed), WORDS)
    expected = math.log((yes or smallest) / (no or smallest))
    assert reading.logit == pytest.approx(expected, abs=1e-9)
    assert reading.mass == pytest.approx(min(yes + no, 1.0))


@given(listed=CANDIDATES)
@searching
def test_swapping_the_answers_turns_the_logit_around(listed: list[tuple[str, float]]) -> None:
    candidates = [TokenProbability(*one) for one in listed]
    swapped = AnswerWords(yes=WORDS.no, no=WORDS.yes)
    try:
        reading = read_answer(candidates, WORDS)
    except Unanswered:
        with pytest.raises(Unanswered):
            read_answer(candidates, swapped)
    else:
        other = read_answer(candidates, swapped)
        assert (other.logit, other.mass) == pytest.approx((-reading.logit, reading.mass))


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("Yes", 1),
        ("no", -1),
        ("  **Yes**, because", 1),
        ('"No." They are not.', -1),
        ("YES!", 1),
        ("“Yes”", 1),
        ("** Yes", 1),
        ("no\nyes", -1),  # the first word decides
    ],
)
def test_a_written_answer_is_as_good_as_certain(said: str, sign: int) -> None:
    assert read_text(said, WORDS) == Reading(sign * CERTAIN, 1.0)


@pytest.mark.parametrize("said", ["", "Maybe", "Yesterday", "None", "nobody", "I say yes", "…"])
def test_a_text_that_begins_with_no_answer_is_none(said: str) -> None:
    with pytest.raises(Unanswered) as caught:
        read_text(said, WORDS)
    assert caught.value.reason == "no-answer-word"


@pytest.mark.parametrize(
    ("said", "sign"), [("はい。", 1), ("いいえ、違います", -1), ("「はい」", 1)]
)
def test_a_written_answer_in_japanese_is_read(said: str, sign: int) -> None:
    words = load_rubric("category-relevance-ja").question.answers
    assert read_text(said, words).logit == sign * CERTAIN


def test_written_answers_that_contradict_each_other_average_to_one_half() -> None:
    assert read_text("yes", WORDS).logit + read_text("no", WORDS).logit == 0.0


def test_a_reply_is_read_by_its_probabilities_where_it_has_them() -> None:
    usage = Usage(1, 1, 1)
    candidates = (TokenProbability("Yes", math.log(0.6)), TokenProbability("No", math.log(0.3)))
    with_both = read_reply(Reply(candidates, usage, said="No"), WORDS)
    assert with_both.logit == pytest.approx(math.log(2))  # 0.6 / 0.3
    assert read_reply(Reply((), usage, said="No"), WORDS).logit == -CERTAIN
