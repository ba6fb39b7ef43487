import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.rubric import Levels
from evaluator.judge.scoring import Reading
from evaluator.judge.verdict import Verdict, judged_verdict, outcome_of, resolve

LEVELS = Levels(same=1.0, related=0.5, unrelated=0.1)
LABELS = LabelSet(
    [Label("cars", "motoring", aliases=("autos",)), Label("food", "food"), Label("law", "law")]
)
LOCK = JudgeLock(
    backend="b", model="m", digest="d", server_version="1", options=(), rubric="r", prompt_hash="h"
)
CARS_FOOD = PairJudgement(Reading(2.0, 0.9), Reading(0.0, 0.9))
MATRIX = VerdictMatrix(
    LOCK, LABELS, {LabelPair("cars", "food"): CARS_FOOD}, {LabelPair("cars", "law"): "timeout"}
)


def verdict_on(gold: str, label: str | None) -> Verdict | None:
    outcome = outcome_of(resolve(Prediction("1", gold, label), LABELS), MATRIX, LEVELS)
    assert (outcome.verdict is None) != (outcome.unscored is None)
    return outcome.verdict


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
    both = PairJudgement(Reading(logit, 1.0), Reading(logit, 1.0))
    found = judged_verdict(both, LEVELS)
    assert found.level is None
    assert found.p_related == pytest.approx(p_related)
    assert found.score == pytest.approx(p_related * 0.5 + (1 - p_related) * 0.1)


@pytest.mark.parametrize(
    ("prediction", "reason"),
    [
        (Prediction("1", "cars", "law"), "timeout"),
        (Prediction("1", "cars", "boats"), "outside-label-set"),
        (Prediction("1", "cars", None, missing="empty-text"), "empty-text"),
    ],
)
def test_a_case_without_a_verdict_has_the_reason(prediction: Prediction, reason: str) -> None:
    outcome = outcome_of(resolve(prediction, LABELS), MATRIX, LEVELS)
    assert (outcome.verdict, outcome.unscored, outcome.gold) == (None, reason, "cars")
    assert outcome.predicted == ("law" if prediction.label == "law" else None)


def test_labels_are_looked_up_by_their_texts() -> None:
    resolved = resolve(Prediction("1", "AUTOS", "Food."), LABELS)
    assert (resolved.gold.name, resolved.predicted) == ("cars", LABELS["food"])


def test_a_gold_label_outside_the_set_is_refused_with_the_case() -> None:
    with pytest.raises(DataUnusable) as caught:
        resolve(Prediction("case-7", "boats", "cars"), LABELS)
    assert str(caught.value) == (
        "case 'case-7' has the gold label 'boats', which is not in the label set: cars, food, law."
    )
