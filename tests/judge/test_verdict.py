from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, TextJudgement, VerdictMatrix
from evaluator.judge.question import TextPair
from evaluator.judge.resolving import resolve
from evaluator.judge.rubric import Levels
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.judge.statement import statement_reader
from evaluator.judge.verdict import (
    Outcome,
    Verdict,
    judged_verdict,
    outcome_of,
    text_verdict,
)

LEVELS = Levels(same=1.0, related=0.5, unrelated=0.1)
RUBRIC = load_rubric("category-relevance").model_copy(update={"levels": LEVELS})
LABELS = LabelSet(
    [Label("cars", "motoring", aliases=("autos",)), Label("food", "food"), Label("law", "law")]
)
LOCK = JudgeLock(
    backend="b", model="m", digest="d", server_version="1", options=(), rubric="r", prompt_hash="h"
)
CARS_FOOD = PairJudgement(Reading(2.0, 0.9), Reading(0.0, 0.9))
LORRIES = TextJudgement(
    related=PairJudgement(Reading(2.0, 0.9), Reading(0.0, 0.9)),
    same=PairJudgement(Reading(-2.0, 0.9), Reading(0.0, 0.9)),
)
LORRIES_AS_CARS = TextPair("lorries", "cars")
MATRIX = VerdictMatrix(
    LOCK,
    LABELS,
    {LabelPair("cars", "food"): CARS_FOOD},
    {LabelPair("cars", "law"): "timeout", LabelPair("food", "law"): "timeout"},
    {LORRIES_AS_CARS: LORRIES},
    {TextPair("boats", "cars"): "http-500"},
)
READ = statement_reader(LABELS, RUBRIC)


def outcome_on(prediction: Prediction) -> Outcome:
    outcome = outcome_of(resolve(prediction, LABELS, READ), MATRIX, RUBRIC)
    assert (outcome.verdict is None) != (outcome.unscored is None)
    return outcome


def verdict_on(gold: str, label: str | None) -> Verdict | None:
    return outcome_on(Prediction("1", gold, label)).verdict


def test_the_gold_labels_own_name_is_the_same_exactly() -> None:
    assert verdict_on("cars", "cars") == Verdict("same", 1.0, None, "exact")


@pytest.mark.parametrize("label", ["CARS", "motoring", "autos", " Ａutos "])
def test_another_text_of_the_gold_label_is_the_same_by_alias(label: str) -> None:
    assert verdict_on("cars", label) == Verdict("same", 1.0, None, "alias")


def test_equal_texts_are_exact_however_they_are_spelled() -> None:
    assert verdict_on("Autos", "Autos") == Verdict("same", 1.0, None, "exact")


@pytest.mark.parametrize(("gold", "label"), [("cars", "food"), ("food", "autos")])
def test_other_labels_get_the_expected_score_of_their_pair_in_either_order(
    gold: str, label: str
) -> None:
    found = verdict_on(gold, label)
    assert found is not None
    # Mean logit 1, so p = 1/(1+1/e) = 0.7310585786; score = p·0.5 + (1-p)·0.1.
    assert found.p_related == pytest.approx(0.7310585786)
    assert found.score == pytest.approx(0.7310585786 * 0.5 + 0.2689414214 * 0.1)
    assert (found.level, found.how) == (None, "judged")


@pytest.mark.parametrize(
    ("logit", "p_related"), [(0.0, 0.5), (-0.01, 0.4975000208), (40.0, 1.0), (-40.0, 0.0)]
)
def test_a_judged_pair_has_no_level_however_sure_the_judge_is(
    logit: float, p_related: float
) -> None:
    both, pair = PairJudgement(Reading(logit, 1.0), Reading(logit, 1.0)), LabelPair("cars", "food")
    found = judged_verdict(pair, replace(MATRIX, judgements={pair: both}), LEVELS)
    assert found.level is None
    assert found.p_related == pytest.approx(p_related)
    assert found.score == pytest.approx(p_related * 0.5 + (1 - p_related) * 0.1)


@pytest.mark.parametrize(
    ("prediction", "reason", "predicted", "said"),
    [
        (Prediction("1", "cars", "law"), "timeout", "law", None),
        (Prediction("1", "cars", "law or food"), "timeout", None, "law or food"),
        (Prediction("1", "cars", "It is boats."), "http-500", None, "boats"),
        (Prediction("1", "cars", None, missing="empty-text"), "empty-text", None, None),
    ],
)
def test_a_case_without_a_verdict_has_the_reason(
    prediction: Prediction, reason: str, predicted: str | None, said: str | None
) -> None:
    outcome = outcome_on(prediction)
    assert (outcome.verdict, outcome.unscored, outcome.gold) == (None, reason, "cars")
    assert (outcome.predicted, outcome.said) == (predicted, said)


def test_a_sentence_that_names_the_gold_label_is_the_same() -> None:
    outcome = outcome_on(Prediction("1", "cars", "The category is autos."))
    assert outcome.verdict == Verdict("same", 1.0, None, "named")
    assert (outcome.predicted, outcome.said) == ("cars", None)


def test_a_sentence_that_names_another_label_gets_the_score_of_the_pair() -> None:
    assert verdict_on("cars", "The category is food.") == verdict_on("cars", "food")


def test_a_text_outside_of_the_set_is_scored_by_the_continuation_ratio() -> None:
    outcome = outcome_on(Prediction("1", "cars", "Lorries!"))
    # p_related = 1/(1 + e⁻¹) = 0.7310585786 and p_same = 1 - p_related = 0.2689414214, so the score
    # is 0.7310585786·(0.2689414214·1 + 0.7310585786·0.5) + 0.2689414214·0.1 = 0.4907309...
    p, q = 0.7310585786, 0.2689414214
    found = outcome.verdict
    assert found is not None
    assert (found.p_related, found.p_same) == (pytest.approx(p), pytest.approx(q))
    assert found.score == pytest.approx(p * (q * 1.0 + p * 0.5) + q * 0.1)
    assert (found.level, found.how) == (None, "judged-text")
    assert (outcome.predicted, outcome.said) == (None, "lorries")


@given(related=st.floats(-30, 30), same=st.floats(-30, 30))
@searching
def test_a_texts_score_lies_between_the_levels_and_grows_with_both_answers(
    related: float, same: float
) -> None:
    def score(related: float, same: float) -> float:
        both = [PairJudgement(Reading(one, 1.0), Reading(one, 1.0)) for one in (related, same)]
        texts = {LORRIES_AS_CARS: TextJudgement(*both)}
        return text_verdict(LORRIES_AS_CARS, replace(MATRIX, text_judgements=texts), LEVELS).score

    assert 0.1 <= score(related, same) <= 1.0
    assert score(related, same) <= score(related + 1, same) + 1e-12
    assert score(related, same) <= score(related, same + 1) + 1e-12


# The penalties are 0.5 for hedging and 0.2 for each category after the first.
@pytest.mark.parametrize(
    ("text", "score", "extra"),
    [
        ("cars, food", 0.8, 1),
        ("cars, food, law", 0.6, 2),
        ("maybe cars", 0.5, 0),
        ("cars or food", 0.3, 1),
        ("not cars, food, law", 0.1, 2),
        ("food, cars", 0.7310585786 * 0.5 + 0.2689414214 * 0.1 - 0.2, 1),
    ],
)
def test_penalties_are_deducted_from_the_first_category(
    text: str, score: float, extra: int
) -> None:
    outcome = outcome_on(Prediction("1", "cars", text))
    assert outcome.verdict is not None
    assert outcome.verdict.score == pytest.approx(score)
    assert outcome.verdict.extra_categories == extra
    assert outcome.predicted is None  # it commits to none, so accuracy counts it as wrong
    assert outcome.said == text


def test_penalties_never_lead_below_zero() -> None:
    found = verdict_on("cars", "maybe food, law, cars")
    assert found is not None
    assert (found.score, found.ambiguous, found.extra_categories) == (0.0, True, 2)


@given(
    names=st.permutations(["cars", "food"]),
    more=st.lists(st.sampled_from(["cars", "food", "law"]), max_size=4),
    hedge=st.sampled_from(["", "maybe ", "either "]),
)
@searching
def test_no_text_gains_by_naming_more_categories_or_by_hedging(
    names: list[str], more: list[str], hedge: str
) -> None:
    alone = verdict_on("cars", names[0])
    dump = verdict_on("cars", hedge + ", ".join([names[0], *more]))
    assert alone is not None and dump is not None
    assert dump.score <= alone.score


@pytest.mark.parametrize("text", [":", "...", "Solution:", "score: 1.0", "Yes", "x" * 5_000])
def test_a_text_that_states_no_category_is_unrelated_by_rule(text: str) -> None:
    assert verdict_on("cars", text) == Verdict("unrelated", 0.1, None, "rule")


def test_a_hedged_text_outside_of_the_set_loses_too() -> None:
    sure, unsure = verdict_on("cars", "lorries"), verdict_on("cars", "Maybe lorries")
    assert sure is not None and unsure is not None
    assert unsure == replace(sure, score=max(0.0, sure.score - 0.5), ambiguous=True)


@pytest.mark.parametrize(
    ("label", "how", "score"),
    [
        # Two labels: 0.6 * 0.5 + 0.4 * 0.1 = 0.34.
        ("food", "judged-article", 0.34),
        ("law", "judged-article", 0.34),  # although the labels alone have no answer
        # A hedged label loses 0.5 of it, down to 0.
        ("maybe food", "judged-article", 0.0),
        ("cars", "exact", 1.0),
        ("the article is about cars", "named", 1.0),
        ("???", "rule", 0.1),
    ],
)
def test_what_the_judge_says_below_the_article_comes_before_the_labels(
    label: str, how: str, score: float
) -> None:
    resolved = resolve(Prediction("1", "cars", label), LABELS, READ)
    verdict = outcome_of(resolved, MATRIX, RUBRIC, 0.6).verdict
    assert verdict is not None
    assert (verdict.how, verdict.score) == (how, pytest.approx(score))


def test_what_a_text_means_does_not_depend_on_the_article() -> None:
    resolved = resolve(Prediction("1", "cars", "lorries"), LABELS, READ)
    verdict = outcome_of(resolved, MATRIX, RUBRIC, 0.6).verdict
    bare = outcome_of(resolved, MATRIX, RUBRIC).verdict
    assert verdict is not None and bare is not None
    assert (verdict.how, verdict.p_related) == ("judged-article", 0.6)
    assert verdict.p_same == bare.p_same


@pytest.mark.parametrize("label", ["food", "maybe food", "lorries"])
def test_a_case_without_an_answer_below_its_article_is_unscored(label: str) -> None:
    resolved = resolve(Prediction("1", "cars", label), LABELS, READ)
    outcome = outcome_of(resolved, MATRIX, RUBRIC, "timeout")
    assert (outcome.verdict, outcome.unscored) == (None, "timeout")
