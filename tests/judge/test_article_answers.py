import pytest

from evaluator.judge.article_answers import ArticleAnswers
from evaluator.judge.asking import NoAnswer
from evaluator.judge.labels import LabelPair
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading

ANCHORS = (LabelPair("tea", "milk"), LabelPair("tea", "tax"))


def say(
    answers: ArticleAnswers, first: str, second: str, logit: float, article: str | None
) -> None:
    answers.add(Question(first, second, article=article), Reading(logit, 0.8))


def test_a_question_is_claimed_once() -> None:
    answers = ArticleAnswers(ANCHORS)
    for question in (
        Question("cars", "law", article="a"),
        Question("law", "cars", article="a"),
        Question("cars", "law", article="b"),
        Question("tea", "milk", article="a"),
        Question("tea", "milk"),
    ):
        assert answers.claim(question)
        assert not answers.claim(question)
    say(answers, "cars", "law", 1.0, "c")
    assert not answers.claim(Question("cars", "law", article="c"))
    assert answers.claim(Question("law", "cars", article="c"))


def test_both_orders_are_averaged_whichever_is_predicted() -> None:
    answers = ArticleAnswers(())
    say(answers, "law", "cars", 3.0, "a")
    assert answers.logit("a", "cars", "law") is None
    say(answers, "cars", "law", -1.0, "a")
    assert answers.logit("a", "cars", "law") == answers.logit("a", "law", "cars") == 1.0
    assert answers.logit("b", "cars", "law") is None
    assert (answers.pairs, answers.order_flip_rate, answers.label_mass) == (1, 1.0, 0.8)


def test_a_pair_without_an_answer_says_why() -> None:
    answers = ArticleAnswers(())
    silent = Question("cars", "law", article="a")
    answers.claim(silent)
    answers.miss(NoAnswer(silent, "timeout"))
    say(answers, "law", "cars", 3.0, "a")
    assert answers.logit("a", "cars", "law") == "timeout"
    assert (answers.pairs, answers.order_flip_rate) == (0, None)


def test_an_articles_leaning_is_what_it_adds_to_the_anchors() -> None:
    answers = ArticleAnswers(ANCHORS)
    added = iter([0.5, 0.7, 0.1, 0.3])
    for pair in ANCHORS:
        for first, second in ((pair.first, pair.second), (pair.second, pair.first)):
            say(answers, first, second, 2.0, None)
            say(answers, first, second, 2.0 + next(added), "a")
    assert answers.leaning("a") == pytest.approx(0.4)  # (0.5 + 0.7 + 0.1 + 0.3) / 4
    assert answers.leaning("b") is None


def test_a_leaning_is_not_known_as_long_as_an_anchor_is_silent() -> None:
    answers = ArticleAnswers(ANCHORS[:1])
    for article in (None, "a"):
        say(answers, "tea", "milk", 1.0, article)
    assert answers.leaning("a") is None
    answers.claim(Question("milk", "tea", article="a"))
    say(answers, "milk", "tea", 1.0, None)
    assert answers.leaning("a") is None


def test_without_anchors_no_article_leans() -> None:
    assert ArticleAnswers(()).leaning("a") == 0.0
