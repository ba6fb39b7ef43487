import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching
from scipy.special import expit

from evaluator.backends.protocol import Usage
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.labels import LabelPair, labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import (
    PairJudgement,
    TextJudgement,
    VerdictMatrix,
    Wanted,
    assemble,
)
from evaluator.judge.question import Question, TextPair
from evaluator.judge.scoring import Reading

LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2:latest",
    digest="sha256:00",
    server_version="0.12.11",
    options=("num_ctx=2048",),
    rubric="category-relevance",
    prompt_hash="11",
)


def judgement(forward: float, backward: float) -> PairJudgement:
    return PairJudgement(Reading(forward, 0.9), Reading(backward, 0.7))


@given(forward=st.floats(-700, 700), backward=st.floats(-700, 700))
@searching
def test_a_probability_is_the_logistic_function_of_the_mean_logit(
    forward: float, backward: float
) -> None:
    found = judgement(forward, backward)
    # expit keeps the digits of probabilities below 1e-16, which nothing here can tell from 0.
    assert found.probability == pytest.approx(expit((forward + backward) / 2), abs=1e-15)
    assert 0.0 <= found.probability <= 1.0


def test_a_judgement_sums_up_both_orders() -> None:
    found = judgement(3.0, -1.0)
    assert found.logit == 1.0
    assert found.probability == pytest.approx(0.7310585786)  # 1 / (1 + 1/e)
    assert found.mass == 0.7  # the smaller one


@pytest.mark.parametrize(
    ("forward", "backward", "flips"),
    [(1.0, 2.0, False), (-1.0, -2.0, False), (1.0, -2.0, True), (0.0, 2.0, True)],
)
def test_an_answer_flips_where_the_order_decides_it(
    forward: float, backward: float, flips: bool
) -> None:
    assert judgement(forward, backward).flips is flips


def test_every_pair_is_asked_in_both_orders() -> None:
    questions = Wanted(list(labels_from_names(["a", "b", "c"]).pairs())).questions
    assert [(one.first, one.second) for one in questions] == [
        *[("a", "b"), ("b", "a")],
        *[("a", "c"), ("c", "a")],
        *[("b", "c"), ("c", "b")],
    ]


def test_pairs_with_both_answers_are_judged_and_others_keep_the_reason() -> None:
    labels = labels_from_names(["a", "b", "c"])

    def answer(first: str, second: str, logit: float) -> Answer:
        return Answer(Question(first, second), Reading(logit, 1.0), Usage(1, 1, 1), 0.1)

    heard = {
        one.question: one
        for one in (
            answer("a", "b", 1.0),
            answer("b", "a", 2.0),
            answer("a", "c", 3.0),
            NoAnswer(Question("c", "a"), "timeout"),
            NoAnswer(Question("b", "c"), "http-500"),
            answer("c", "b", 4.0),
        )
    }
    matrix = assemble(LOCK, labels, Wanted(list(labels.pairs())), heard)
    assert matrix.judgements == {
        LabelPair("a", "b"): PairJudgement(Reading(1.0, 1.0), Reading(2.0, 1.0))
    }
    assert matrix.unanswered == {LabelPair("a", "c"): "timeout", LabelPair("b", "c"): "http-500"}


@pytest.mark.parametrize(
    ("answered", "unanswered", "share"), [(3, 0, 0.0), (2, 1, 1 / 3), (1, 1, 0.5), (0, 3, 1.0)]
)
def test_the_unanswered_share_is_of_the_pairs_that_were_asked(
    answered: int, unanswered: int, share: float
) -> None:
    labels = labels_from_names(["a", "b", "c"])
    pairs = list(labels.pairs())
    judged = dict.fromkeys(pairs[:answered], judgement(1.0, 2.0))
    silent = dict.fromkeys(pairs[answered : answered + unanswered], "timeout")
    assert VerdictMatrix(LOCK, labels, judged, silent).unanswered_share == pytest.approx(share)


def test_nothing_is_unanswered_where_nothing_was_asked() -> None:
    matrix = VerdictMatrix(LOCK, labels_from_names(["a"]), {}, {})
    assert matrix.unanswered_share == 0.0
    assert matrix.mean_relevance is None


def test_the_mean_relevance_is_over_the_judged_pairs_of_a_set_that_was_asked_wholly() -> None:
    labels = labels_from_names(["a", "b", "c"])
    judged = {
        LabelPair("a", "b"): judgement(2.0, 0.0),
        LabelPair("a", "c"): judgement(-4.0, -2.0),
    }
    left = {LabelPair("b", "c"): "timeout"}
    # 1/(1 + e⁻¹) and 1/(1 + e³); the unanswered pair counts for nothing, not for 0.
    expected = (0.7310585786 + 0.0474258732) / 2
    assert VerdictMatrix(LOCK, labels, judged, left).mean_relevance == pytest.approx(expected)
    whole = {**judged, LabelPair("b", "c"): judgement(0.0, 0.0)}
    assert VerdictMatrix(LOCK, labels, whole, {}).mean_relevance == pytest.approx(
        (2 * expected + 0.5) / 3
    )


def test_pairs_asked_because_they_were_met_are_no_random_draw() -> None:
    labels = labels_from_names(["a", "b", "c"])
    met = {LabelPair("a", "b"): judgement(2.0, 0.0)}
    assert VerdictMatrix(LOCK, labels, met, {}).mean_relevance is None
    left = {LabelPair("a", "c"): "timeout"}
    assert VerdictMatrix(LOCK, labels, met, left).mean_relevance is None


def test_without_any_verdict_there_is_no_mean_relevance() -> None:
    labels = labels_from_names(["a", "b"])
    matrix = VerdictMatrix(LOCK, labels, {}, {LabelPair("a", "b"): "timeout"})
    assert matrix.mean_relevance is None


def test_a_text_is_asked_in_both_orders_after_all_pairs_and_one_kind_at_a_time() -> None:
    texts = [TextPair("football", "a"), TextPair("golf", "b")]
    asked = Wanted([LabelPair("a", "b")], texts).questions
    assert [(one.first, one.second, one.asks) for one in asked] == [
        *[("a", "b", "related"), ("b", "a", "related")],
        *[("football", "a", "related"), ("a", "football", "related")],
        *[("golf", "b", "related"), ("b", "golf", "related")],
        *[("football", "a", "same"), ("a", "football", "same")],
        *[("golf", "b", "same"), ("b", "golf", "same")],
    ]


def test_a_text_needs_all_four_answers() -> None:
    labels = labels_from_names(["a", "b"])
    texts = [TextPair("football", "a"), TextPair("golf", "a"), TextPair("chess", "a")]
    wanted = Wanted([], texts)
    readings = {question: Reading(float(n), 1.0) for n, question in enumerate(wanted.questions)}
    heard: dict[Question, Answer | NoAnswer] = {
        question: Answer(question, reading, Usage(1, 1, 1), 0.1)
        for question, reading in readings.items()
    }
    related, same = Question("a", "golf"), Question("chess", "a", "same")
    heard[related] = NoAnswer(related, "timeout")
    heard[same] = NoAnswer(same, "http-500")
    matrix = assemble(LOCK, labels, wanted, heard)
    # Questions 0 and 1 are football's "related?", 6 and 7 its "same?".
    assert matrix.text_judgements == {
        texts[0]: TextJudgement(
            PairJudgement(Reading(0.0, 1.0), Reading(1.0, 1.0)),
            PairJudgement(Reading(6.0, 1.0), Reading(7.0, 1.0)),
        )
    }
    assert matrix.unanswered_texts == {texts[1]: "timeout", texts[2]: "http-500"}
