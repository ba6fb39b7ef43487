from collections.abc import Callable

import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.cautions import cautions, plain_answers
from evaluator.report.summary import ArticleJudging, Summary

Summarize = Callable[..., Summary]


def test_cautions_name_every_weakness_there_is(summary: Summary) -> None:
    text = "\n".join(cautions(summary))
    for words in (
        "not calibrated",
        "do not hold the judge's own error",
        "With a threshold of 0.8 only the correct category passes",
        "depends on the order of the labels in 50.0 % of 2 pairs",
        "For 1 pair the judge gave less than half",
        "3 of 11 cases are unscored: empty-text 1, http-400 1, timeout 1. Wrong labels among "
        "them: 1; that the relevance score and the pass rate leave these out may flatter the model",
        "saw only the beginning of 1 case",
    ):
        assert words in text


@pytest.mark.parametrize("scoring", ["schema", "text"])
def test_a_judge_without_probabilities_is_a_caution(summary: Summary, scoring: str) -> None:
    judge = summary.judge.model_copy(update={"scoring": scoring})
    note = (
        f"The judge gives no probabilities and only says yes or no ({scoring} scoring): a "
        "relevance is its share of yes, over both orders of the labels, and not a probability."
    )
    assert note in cautions(summary.model_copy(update={"judge": judge}))
    assert note not in cautions(summary)
    assert plain_answers("logprobs") is None


@pytest.mark.parametrize(
    ("outside_gpu", "note"),
    [
        (
            0.371,
            "The judge ran with 37.1 % of its weights outside of GPU memory, where they are slow.",
        ),
        (1.0, "The judge ran on the CPU."),
        (0.0, None),
        (None, None),
    ],
)
def test_a_judge_that_did_not_fit_into_gpu_memory_is_a_caution(
    summary: Summary, outside_gpu: float | None, note: str | None
) -> None:
    usage = summary.usage.model_copy(update={"outside_gpu": outside_gpu})
    notes = cautions(summary.model_copy(update={"usage": usage}))
    assert [one for one in notes if one.startswith("The judge ran ")] == ([note] if note else [])


def test_lost_questions_of_the_calibration_are_a_caution(summary: Summary) -> None:
    found = summary.judge.reliability.model_copy(update={"lost_questions": {"timeout": 2}})
    judge = summary.judge.model_copy(update={"reliability": found})
    note = (
        "The judge failed at 2 questions of its calibration (timeout 2), so that every score may "
        "be a little off; the command that asked them, run again, asks them alone."
    )
    assert note in cautions(summary.model_copy(update={"judge": judge}))


def test_a_sound_run_keeps_the_two_cautions_that_always_hold(
    summary_of: Summarize, judge: Callable[..., VerdictMatrix]
) -> None:
    matrix = judge(["a", "b"], {("a", "b"): (1.0, 1.0, 0.9)})
    sound = summary_of(matrix, [Prediction("1", "a", "b")], threshold=0.5)
    assert [note.split()[0] for note in cautions(sound)] == ["Relevance", "Intervals"]


def test_a_report_says_that_the_judge_saw_the_articles(summary: Summary) -> None:
    seen = ArticleJudging(tokens=64, judgements=5, order_flip_rate=0.2, label_mass=0.9)
    judge = summary.judge.model_copy(update={"articles": seen})
    cases = summary.cases.model_copy(update={"by_verdict": {"exact": 5, "judged-article": 3}})
    shown = summary.model_copy(update={"judge": judge, "cases": cases})
    (added,) = set(cautions(shown)) - set(cautions(summary))
    assert added.startswith("The judge saw the article, up to 64 tokens of it, for 3 predictions;")
    assert "in 20.0 % of 5 judgements" in added
    assert "for labels alone" in added
