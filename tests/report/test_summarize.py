"""The cases of `conftest.py`, counted by hand.

gold → predicted   n   verdict
a → a              4   same, score 1
a → b              2   mean logit 1: p₁ = 1/(1+e⁻¹) = 0.7310585786; score p₁/2
a → c              1   mean logit -3: p₂ = 1/(1+e³) = 0.0474258732; score p₂/2
b → b              1   same
b → c              1   unscored: timeout
c → zzz            1   unscored: http-400
c → nothing        1   unscored: empty-text
"""

from collections.abc import Callable

import pytest

from evaluator.classifier.prediction import Prediction
from evaluator.judge.article_answers import ArticleAnswers
from evaluator.judge.article_rulings import ArticleRulings
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.question import Question
from evaluator.judge.resolving import resolve
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.judge.statement import statement_reader
from evaluator.judge.verdict import outcome_of
from evaluator.report.gates import Gates
from evaluator.report.summarize import summarize
from evaluator.report.summary import ArticleJudging, CaseCounts, Confusion, RunUsage, Summary
from evaluator.statistics.intervals import mean_interval
from evaluator.statistics.tally import Tally

Summarize = Callable[..., Summary]

P1 = 0.7310585786300049
P2 = 0.04742587317756678
RUBRIC = load_rubric("category-relevance")
USAGE = RunUsage(
    questions=0, calls=0, cached=0, prompt_tokens=0, evaluated_tokens=0, generated_tokens=0
)


def test_cases_are_counted_by_stage_and_reason(summary: Summary) -> None:
    assert summary.cases == CaseCounts(
        total=11,
        classified=10,  # all but the one without a label
        judged=8,
        unscored=3,
        by_reason={"empty-text": 1, "http-400": 1, "timeout": 1},
        by_verdict={"exact": 5, "judged": 3},
        truncated=1,
    )
    assert list(summary.cases.by_reason) == sorted(summary.cases.by_reason)


def test_accuracy_is_of_classified_cases(summary: Summary) -> None:
    assert summary.accuracy.value == 0.5  # 5 of 10
    # Wilson: centre (0.5 + 0.192073)/1.384146 = 0.5; half 1.416022·√(0.025 + 0.009604) = 0.263409.
    assert summary.accuracy.ci95 == pytest.approx((0.236593, 0.763407), abs=1e-5)


def test_macro_f1_is_over_labels_with_classified_cases(summary: Summary) -> None:
    # a: 2·4/(7+4); b: 2·1/(2+3); c: 0, for its one classified case was missed.
    assert summary.macro_f1 == pytest.approx((8 / 11 + 2 / 5 + 0) / 3)


def test_the_score_is_the_mean_over_judged_cases(summary: Summary) -> None:
    assert summary.score.n == 8
    assert summary.score.mean == pytest.approx((5 * 1 + 2 * P1 / 2 + P2 / 2) / 8)
    assert summary.score.ci95 is None  # eight cases are too few
    assert "2000 resamples, seed 0" in summary.score.method


def test_error_relevance_is_the_mean_over_judged_misses(summary: Summary) -> None:
    assert summary.error_relevance.n == 3
    assert summary.error_relevance.mean == pytest.approx((2 * P1 + P2) / 3)
    assert summary.error_relevance.ci95 is None  # three misses are too few


def test_means_of_enough_cases_have_their_interval(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction], summary: Summary
) -> None:
    many = summary_of(matrix, predictions * 4)
    score = mean_interval([1.0, P1 / 2, P2 / 2, 1.0], [16, 8, 4, 4], seed=0)
    errors = mean_interval([P1, P2], [8, 4], seed=0)
    assert score is not None
    assert errors is not None
    assert many.score.ci95 == pytest.approx(score)
    assert many.error_relevance.ci95 == pytest.approx(errors)
    assert (many.score.n, many.error_relevance.n) == (32, 12)
    assert many.score.mean == pytest.approx(summary.score.mean)
    assert many.error_relevance.mean == pytest.approx(summary.error_relevance.mean)


@pytest.mark.parametrize(
    ("threshold", "passed"),
    [
        (0.8, 5),  # the exact ones
        (P1 / 2, 7),  # "at least": a → b passes at its very score
        (0.366, 5),
        (0.0, 8),
        (1.0, 5),
    ],
)
def test_the_pass_rate_counts_scores_from_the_threshold(
    summary_of: Summarize,
    matrix: VerdictMatrix,
    predictions: list[Prediction],
    threshold: float,
    passed: int,
) -> None:
    found = summary_of(matrix, predictions, threshold=threshold).pass_
    assert (found.threshold, found.rate) == (threshold, passed / 8)


def test_rows_by_label(summary: Summary) -> None:
    a, b, c = summary.per_label
    assert (a.label, a.n, a.precision, a.recall) == ("a", 7, 1.0, pytest.approx(4 / 7))
    assert a.score == pytest.approx((4 + 2 * P1 / 2 + P2 / 2) / 7)
    assert a.error_relevance == pytest.approx((2 * P1 + P2) / 3)
    # b: two cases, one found; claimed for b → b and twice for a → b. Its miss has no verdict.
    assert (b.label, b.n, b.recall, b.score) == ("b", 2, 0.5, 1.0)
    assert b.precision == pytest.approx(1 / 3)
    assert b.error_relevance is None
    assert (c.label, c.n, c.f1, c.score, c.error_relevance) == ("c", 1, 0.0, None, None)


def test_confusions_are_ordered_by_lost_score(summary: Summary) -> None:
    # Lost: a → b 2·(1 - p₁/2) = 1.27; b → c, unjudged, 1·(1 - 0) = 1; a → c 1·(1 - p₂/2) = 0.98.
    first, second, third = summary.confusions
    assert (first.gold, first.predicted, first.n) == ("a", "b", 2)
    assert (first.score, first.p_related) == pytest.approx((P1 / 2, P1))
    assert second == Confusion(gold="b", predicted="c", n=1, score=None, p_related=None)
    assert (third.gold, third.predicted, third.n) == ("a", "c", 1)


def test_the_judge_and_its_reliability(summary: Summary, matrix: VerdictMatrix) -> None:
    judge = summary.judge
    assert judge.model_dump(include=set(matrix.lock.model_dump())) == matrix.lock.model_dump()
    assert (judge.calibration, judge.related_score, judge.pairs, judge.texts) == ("none", 0.5, 2, 0)
    # The mean over a, b and a, c, however often the cases met them; b, c has no verdict.
    assert judge.random_relevance == pytest.approx((P1 + P2) / 2)
    found = judge.reliability
    assert found.order_flip_rate == 0.5  # a, b: 2 against 0
    assert found.label_mass == pytest.approx((0.4 + 0.8) / 2)
    assert (found.low_mass_pairs, found.unanswered_pairs) == (1, 2)


def test_pairs_that_were_met_do_not_tell_what_random_misses_would_get(
    summary_of: Summarize, judge: Callable[..., VerdictMatrix]
) -> None:
    met = judge(["a", "b", "c"], {("a", "b"): (2.0, 0.0, 0.4)})
    summary = summary_of(met, [Prediction("1", "a", "b")])
    assert summary.error_relevance.mean == pytest.approx(P1)
    assert summary.judge.random_relevance is None


def test_without_a_judged_case_there_are_no_means(
    summary_of: Summarize, matrix: VerdictMatrix
) -> None:
    summary = summary_of(matrix, [Prediction("1", "a", None, missing="empty-text")])
    assert summary.accuracy.value is summary.accuracy.ci95 is summary.macro_f1 is None
    assert summary.score.mean is summary.score.ci95 is summary.pass_.rate is None
    assert summary.error_relevance.n == 0
    assert summary.per_label == summary.confusions == ()


def test_without_a_case_or_a_verdict_nothing_is_unscored(
    summary_of: Summarize, judge: Callable[..., VerdictMatrix]
) -> None:
    summary = summary_of(judge(["a"], {}), [])
    assert summary.gate.passed
    assert summary.judge.reliability.order_flip_rate is None
    assert summary.judge.reliability.label_mass is None
    assert summary.judge.random_relevance is None


def test_the_order_of_the_cases_changes_nothing(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction], summary: Summary
) -> None:
    assert summary_of(matrix, predictions[::-1]) == summary


def test_the_seed_moves_the_interval_but_not_the_mean(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction]
) -> None:
    many = predictions * 9
    one, other = summary_of(matrix, many, seed=1).score, summary_of(matrix, many, seed=2).score
    assert one.mean == other.mean
    assert one.ci95 != other.ci95


def test_misses_of_one_kind_are_one_confusion_whatever_their_articles(
    matrix: VerdictMatrix,
) -> None:
    tally, read = Tally(), statement_reader(matrix.labels, RUBRIC)
    for number, below in enumerate([0.2, 0.6, 0.6, None, "timeout"]):
        resolved = resolve(Prediction(str(number), "a", "b"), matrix.labels, read)
        tally.add(outcome_of(resolved, matrix, RUBRIC, below))
    shown, alone = summarize(
        tally,
        matrix,
        RUBRIC.levels,
        threshold=0.8,
        gates=Gates(1.0),
        seed=0,
        usage=USAGE,
        timings={},
        articles=ArticleRulings(64, "shown so", ArticleAnswers(()), None),
    ).confusions
    # (0.2 + 0.6 + 0.6) / 3 = 7 / 15, and half of it for a related one.
    assert (shown.gold, shown.predicted, shown.n) == ("a", "b", 3)
    assert (shown.p_related, shown.score) == (pytest.approx(7 / 15), pytest.approx(7 / 30))
    assert (alone.n, alone.p_related) == (1, pytest.approx(P1))


def test_a_summary_says_how_articles_were_shown_and_read(matrix: VerdictMatrix) -> None:
    answers = ArticleAnswers(())
    for first, second, logit in (
        ("a", "b", 1.0),
        ("b", "a", -1.0),
        ("a", "c", 2.0),
        ("c", "a", 3.0),
    ):
        answers.add(Question(first, second, article="x"), Reading(logit, 0.5))
    judge = summarize(
        Tally(),
        matrix,
        RUBRIC.levels,
        threshold=0.8,
        gates=Gates(1.0),
        seed=0,
        usage=USAGE,
        timings={},
        articles=ArticleRulings(64, "shown so", answers, None),
    ).judge
    assert judge.article_hash == "shown so"
    assert judge.articles == ArticleJudging(
        tokens=64, judgements=2, order_flip_rate=0.5, label_mass=0.5
    )
