import math
from dataclasses import replace

import pytest

from evaluator.errors import DataUnusable
from evaluator.judge.article import shown_article
from evaluator.judge.article_answers import ArticleAnswers
from evaluator.judge.article_rulings import ArticleRulings
from evaluator.judge.asking import NoAnswer
from evaluator.judge.calibration import Calibration
from evaluator.judge.labels import LabelPair
from evaluator.judge.platt import Platt
from evaluator.judge.question import Question, both_orders
from evaluator.judge.scoring import Reading

TEXT = "The engine stalls."
ANCHOR = LabelPair("tea", "milk")
CALIBRATION = Calibration("reference", Platt(2.0, -1.0), 0.2, {"cars": 0.25, "law": 0.5})


def rulings(calibration: Calibration | None = CALIBRATION, raised: float = 0.75) -> ArticleRulings:
    """A judge that says 2 of cars and law below the text, which raises the anchor's logits."""
    answers = ArticleAnswers([ANCHOR])
    article = shown_article(TEXT, 64)
    assert article is not None
    for question in both_orders(LabelPair("cars", "law")):
        answers.add(replace(question, article=article.digest), Reading(2.0, 0.9))
    for question in both_orders(ANCHOR):
        answers.add(question, Reading(1.0, 0.9))
        answers.add(replace(question, article=article.digest), Reading(1.0 + raised, 0.9))
    return ArticleRulings(64, "hash", answers, calibration)


def test_a_judge_is_read_where_it_would_be_without_the_article() -> None:
    # Centred 2 - 0.25 - 0.5 - 0.75 = 0.5; the curve gives 1 / (1 + exp(-(2 * 0.5 - 1))) = 0.5.
    assert rulings().p_related("cars", "law", TEXT) == 0.5


def test_an_article_that_makes_the_judge_say_yes_to_anything_changes_nothing() -> None:
    # As much on the pair as on the anchors: 2.0 is then not of the pair.
    assert rulings(raised=2.0).p_related("cars", "law", TEXT) == pytest.approx(
        1 / (1 + math.exp(-(2 * -0.75 - 1))), abs=0.0005
    )


def test_without_a_calibration_the_probability_is_the_judges_own() -> None:
    assert rulings(None).p_related("law", "cars", TEXT) == round(1 / (1 + math.exp(-2)), 3)


@pytest.mark.parametrize("text", [None, "", "<|eot_id|>"])
def test_without_an_article_the_labels_decide(text: str | None) -> None:
    assert rulings().p_related("cars", "law", text) is None


def test_a_leaning_that_is_not_known_leaves_the_case_without_verdict() -> None:
    unknown = replace(CALIBRATION, biases={"cars": 0.25})
    assert rulings(unknown).p_related("cars", "law", TEXT) == "no-bias"


def test_a_question_without_answer_says_why() -> None:
    found = rulings()
    article = shown_article("Another.", 64)
    assert article is not None
    silent = Question("cars", "law", article=article.digest)
    for question in (silent, Question("law", "cars", article=article.digest)):
        found.answers.claim(question)
        found.answers.miss(NoAnswer(question, "http-500"))
    assert found.p_related("cars", "law", "Another.") == "http-500"


def test_an_article_that_nobody_asked_about_means_that_the_predictions_changed() -> None:
    with pytest.raises(DataUnusable, match="the predictions changed while they were judged"):
        rulings().p_related("cars", "law", "Something new.")
