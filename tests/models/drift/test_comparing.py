"""How far two judges are apart, by hand."""

import itertools
import math

import pytest

from evaluator.errors import ConfigError
from evaluator.judge.calibration import CheckedPair
from evaluator.judge.labels import LabelPair
from evaluator.judge.lock import JudgeLock
from evaluator.judge.references import ReferencePair, References
from evaluator.models.drift.comparing import Contestant, drift_between, expectation, finding
from evaluator.models.drift.opinions import Opinion, Opinions
from evaluator.models.drift.report import Cost, DriftReport
from evaluator.models.drift.wording import headline, notes
from evaluator.statistics.estimate import Estimate
from evaluator.statistics.intervals import rate_interval

PAIRS = [LabelPair(*pair) for pair in itertools.combinations("abcdefghijkl", 2)]  # 66
REFERENCES = References(
    "en", (), tuple(ReferencePair(f"x{n}", f"y{n}", n % 2 == 0, False) for n in range(20))
)
KNOWN = [LabelPair(one.first, one.second) for one in REFERENCES.pairs]


def lock(model: str) -> JudgeLock:
    return JudgeLock(
        backend="ollama",
        model=model,
        digest=f"sha256:{model}",
        server_version="1",
        options=(),
        rubric="r",
        prompt_hash="p",
    )


def judge(
    name: str, probabilities: dict[LabelPair, float], known: dict[LabelPair, float] | None = None
) -> Contestant:
    opinions = {pair: Opinion(math.log(p / (1 - p)), p) for pair, p in probabilities.items()}
    said = Opinions(lock(name), opinions, known or {}, (), True, True)
    return Contestant(name, said, Cost(questions_per_second=2.0, blocks=(1.0, 3.0)))


def compare(first: Contestant, second: Contestant) -> DriftReport:
    return drift_between(first, second, PAIRS, REFERENCES, on="pairs", seed=0)


def alternating(high: float = 0.75, low: float = 0.25) -> dict[LabelPair, float]:
    return {pair: high if number % 2 else low for number, pair in enumerate(PAIRS)}


def test_a_judge_agrees_with_itself() -> None:
    known = {pair: float(number) for number, pair in enumerate(KNOWN)}
    report = compare(judge("a", alternating(), known), judge("a", alternating(), known))
    assert report.same_verdict.value == 1.0
    # Wilson with none of 66 against: 66 / (66 + 1.96²) = 0.945
    assert report.same_verdict.ci95 == (pytest.approx(0.945, abs=5e-4), pytest.approx(1.0))
    assert (report.kappa.value, report.spearman.value, report.kendall.value) == (1.0, 1.0, 1.0)
    assert (report.mean_difference.value, report.auc_difference.value) == (0.0, 0.0)
    assert report.expected.finding == "undecided"  # 0 to 5.5 %
    assert "gives another verdict than a on 0.0 % of 66 pairs (95 % CI 0.0–5.5)" in headline(report)
    assert any("the same judge" in note for note in notes(report))


def test_changed_verdicts_are_counted() -> None:
    changed = alternating()
    for pair in PAIRS[:33]:
        changed[pair] = 1 - changed[pair]
    report = compare(judge("a", alternating()), judge("b", changed))
    assert report.same_verdict.value == 0.5
    # half of each kind turned: no better than chance, p moved by 0.5 on half of the pairs
    assert report.kappa.value == pytest.approx(0.0, abs=0.05)
    assert report.mean_difference.value == pytest.approx(0.25)
    assert report.expected.finding == "above"
    assert "more than the 2 to 5 %" in headline(report)


def test_pairs_without_a_verdict_do_not_count_and_are_told() -> None:
    partial = {pair: p for pair, p in alternating().items() if pair != PAIRS[0]}
    report = compare(judge("a", alternating()), judge("b", partial))
    assert (report.pairs, report.labels) == (65, 12)
    assert [one.unanswered for one in report.judges] == [0, 1]
    assert any("b has no verdict on 1 pair" in note for note in notes(report))
    with pytest.raises(ConfigError, match="a and b have a verdict on no pair in common"):
        compare(judge("a", alternating()), judge("b", {}))


def test_the_areas_on_reference_pairs_are_told_with_their_difference() -> None:
    right = {pair: float(number % 2 == 0) for number, pair in enumerate(KNOWN)}
    wrong = {pair: -logit for pair, logit in right.items()}
    report = compare(judge("a", alternating(), right), judge("b", alternating(), wrong))
    assert [one.auc.value for one in report.judges] == [1.0, 0.0]
    assert report.auc_difference.value == -1.0
    assert [one.auc_on for one in report.judges] == ["all", "all"]
    assert not any("held out" in note for note in notes(report))
    assert any("1.000 lower than the first's" in note for note in notes(report))


def test_kept_verdicts_bring_the_reference_pairs_that_no_fit_has_seen() -> None:
    checked = (CheckedPair(1.0, True), CheckedPair(0.0, False), CheckedPair(2.0, False))
    opinions = judge("a", alternating()).opinions
    kept = Opinions(lock("a"), opinions.pairs, {}, checked, False, None)
    report = compare(Contestant("a", kept, Cost()), judge("b", alternating()))
    assert report.judges[0].auc.value == 0.5  # 1 > 0 and 1 < 2
    assert [one.auc_on for one in report.judges] == ["held-out", None]
    assert any("The AUC of a is over the reference pairs held out" in one for one in notes(report))
    assert report.auc_difference.value is None
    assert any("a is not calibrated" in note for note in notes(report))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 0.019, "below"),
        (0.02, 0.05, "within"),
        (0.051, 0.2, "above"),
        (0.01, 0.03, "undecided"),
        (0.0, 0.4, "undecided"),
    ],
)
def test_the_whole_interval_decides_about_the_expectation(
    low: float, high: float, said: str
) -> None:
    assert finding(low, high) == said


def test_the_wider_interval_counts() -> None:
    pairs = Estimate(0.97, rate_interval(97, 100), 100)
    by_label = Estimate(0.97, (0.90, 1.0), 100)
    assert expectation(pairs, by_label).changed == pytest.approx((0.0, 0.10))
    assert expectation(pairs, Estimate(0.97, None, 100)).changed[1] < 0.10
