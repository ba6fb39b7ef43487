from evaluator.classifier.prediction import Prediction
from evaluator.judge.verdict import Outcome, Verdict
from evaluator.statistics.tally import JudgedCell, Tally

SAME = Verdict("same", 1.0, None, "exact")
RELATED = Verdict("related", 0.4, 0.8, "judged")


def outcome(
    predicted: str | None,
    verdict: Verdict | None = None,
    unscored: str | None = None,
    *,
    said: str | None = None,
    label: str | None = "some text",
    truncated: bool = False,
) -> Outcome:
    prediction = Prediction("1", "a", label, truncated=truncated)
    return Outcome(prediction, "a", predicted, verdict, unscored, said)


def tally_of(*outcomes: Outcome) -> Tally:
    tally = Tally()
    for one in outcomes:
        tally.add(one)
    return tally


def test_outcomes_are_counted_by_gold_and_predicted_label() -> None:
    tally = tally_of(
        outcome("a", SAME), outcome("b", RELATED), outcome("b", RELATED, truncated=True)
    )
    assert (tally.total, tally.truncated) == (3, 1)
    assert tally.classified == {("a", "a"): 1, ("a", "b"): 2}
    assert tally.judged == {
        JudgedCell("a", "a", True, SAME): 1,
        JudgedCell("a", "b", False, RELATED): 2,
    }
    assert tally.unscored == {}


def test_a_text_without_a_verdict_is_classified_but_not_judged() -> None:
    tally = tally_of(outcome(None, unscored="http-400", said="golf"))
    assert tally.classified == {("a", None): 1}
    assert tally.said == {("a", "golf"): 1}
    assert tally.judged == {}
    assert tally.unscored == {"http-400": 1}


def test_a_case_without_a_label_is_neither() -> None:
    tally = tally_of(*[outcome(None, unscored="empty-text", label=None)] * 2)
    assert tally.total == 2
    assert tally.classified == tally.judged == {}
    assert tally.unscored == {"empty-text": 2}


def test_a_pair_without_a_verdict_is_classified_with_its_reason() -> None:
    tally = tally_of(outcome("b", unscored="timeout"))
    assert tally.classified == {("a", "b"): 1}
    assert tally.unscored == {"timeout": 1}


def test_texts_are_counted_by_what_they_say_and_never_right() -> None:
    text = Verdict(None, 0.6, 0.8, "judged-text", 0.5)
    tally = tally_of(*[outcome(None, text, said="golf")] * 2, outcome(None, text, said="chess"))
    assert tally.classified == {("a", None): 3}
    assert tally.said == {("a", "golf"): 2, ("a", "chess"): 1}
    assert tally.judged == {
        JudgedCell("a", "golf", False, text): 2,
        JudgedCell("a", "chess", False, text): 1,
    }
