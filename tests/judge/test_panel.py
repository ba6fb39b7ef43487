"""Several judges' verdicts as one."""

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest

from evaluator.judge.calibration import Calibration, CheckedPair
from evaluator.judge.labels import LabelPair, labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, TextJudgement, VerdictMatrix
from evaluator.judge.matrix_file import matrix_json, read_matrix
from evaluator.judge.panel import NOT_TOLD_APART, PanelMatrix, panel_lock, pooled
from evaluator.judge.platt import Platt
from evaluator.judge.question import TextPair
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import built_in_references
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading

REFERENCES = built_in_references("en")
RUBRIC = load_rubric("category-relevance")
LOCK = JudgeLock(
    backend="a", model="m", digest="1", server_version="1", options=(), rubric="r", prompt_hash="h"
)
OTHER = LOCK.model_copy(update={"backend": "b", "digest": "2"})
LABELS = labels_from_names(["cars", "trams", "law"])
CARS_TRAMS, CARS_LAW = LabelPair("cars", "trams"), LabelPair("cars", "law")
TRAMS_LAW = LabelPair("trams", "law")
LORRIES = TextPair("lorries", "cars")


def judged(logit: float) -> PairJudgement:
    return PairJudgement(Reading(logit, 0.9), Reading(logit, 0.9))


def member(
    lock: JudgeLock, logits: dict[LabelPair, float], fit: Platt, margins: tuple[float, ...] = ()
) -> VerdictMatrix:
    none = dict.fromkeys([*LABELS.names, "lorries"], 0.0)
    return VerdictMatrix(
        lock,
        LABELS,
        {pair: judged(logit) for pair, logit in logits.items()},
        {pair: "timeout" for pair in LABELS.pairs() if pair not in logits},
        calibration=Calibration("reference", fit, 0.2, none, (CheckedPair(1.0, True),)),
        sentinel_margins=margins,
    )


def survey(knowledge: float, seed: int) -> ReferenceSurvey:
    draw = random.Random(seed)
    logits = (knowledge * pair.related + draw.gauss(0, 1) for pair in REFERENCES.pairs)
    return ReferenceSurvey(REFERENCES, {}, tuple(logits))


FIRST = member(LOCK, {CARS_TRAMS: 2.0, CARS_LAW: -1.0, TRAMS_LAW: 0.0}, Platt(2, 0), (1.0, -0.5))
SECOND = member(OTHER, {CARS_TRAMS: 1.0, CARS_LAW: 0.0}, Platt(4, -1), (0.5, 0.5))
LOCKS = panel_lock([LOCK, OTHER], RUBRIC)


def panel(*surveys: ReferenceSurvey) -> PanelMatrix:
    found = pooled([FIRST, SECOND], surveys or [survey(2, 1), survey(2, 2)], LOCKS, 0.2)
    assert isinstance(found, PanelMatrix)
    return found


def test_log_odds_are_averaged_and_fitted_once_more() -> None:
    found = panel()
    # The members' log odds are 2·2 + 0 = 4 and 4·1 - 1 = 3.
    assert found.centred_logit(CARS_TRAMS) == pytest.approx(3.5)
    assert found.calibration is not None
    assert found.p_related(CARS_TRAMS) == found.calibration.fit.probability(3.5)


def test_members_that_err_apart_are_together_surer_than_their_mean() -> None:
    found = panel(survey(2, 1), survey(2, 2))
    assert found.calibration is not None
    assert isinstance(found.calibration.fit, Platt)
    # With slopes of 2 and 4 the pooled log odds are too far out for such surveys: 1 logit of
    # knowledge to 1 of noise is worth about 1 in log odds.
    alone = replace(FIRST, calibration=None)
    assert alone.disagreement(CARS_TRAMS) is None
    same = panel(survey(2, 1), survey(2, 1)).calibration
    assert same is not None
    assert isinstance(same.fit, Platt)
    assert found.calibration.fit.slope > same.fit.slope


def test_a_pair_needs_every_members_verdict() -> None:
    found = panel()
    assert set(found.judgements) == {CARS_TRAMS, CARS_LAW}
    assert found.unanswered == {TRAMS_LAW: "timeout"}


def test_disagreement_is_the_widest_gap() -> None:
    # 1/(1 + e⁻⁴) = 0.9820 and 1/(1 + e⁻³) = 0.9526.
    assert panel().disagreement(CARS_TRAMS) == pytest.approx(0.98201379 - 0.95257413)


def test_margins_are_pooled_in_log_odds() -> None:
    assert panel().sentinel_margins == pytest.approx((2.0, 0.5))  # (2 + 2)/2 and (-1 + 2)/2
    uneven = replace(SECOND, sentinel_margins=(0.5,))
    found = pooled([FIRST, uneven], [survey(2, 1), survey(2, 2)], LOCKS, 0.2)
    assert isinstance(found, PanelMatrix)
    assert found.sentinel_margins == ()
    silent = replace(SECOND, sentinel_margins=(0.5, None))
    found = pooled([FIRST, silent], [survey(2, 1), survey(2, 2)], LOCKS, 0.2)
    assert isinstance(found, PanelMatrix)
    assert found.sentinel_margins == (2.0, None)


def test_what_any_member_lost_is_lost_to_the_panel() -> None:
    lost = {"timeout": 1, "http-503": 2}
    members = [replace(FIRST, lost=lost), replace(SECOND, lost={"timeout": 3})]
    found = pooled(members, [survey(2, 1), survey(2, 2)], LOCKS, 0.2)
    assert isinstance(found, PanelMatrix)
    assert found.lost == {"http-503": 2, "timeout": 4}


def test_a_text_is_judged_by_those_that_read_texts() -> None:
    reader = replace(
        FIRST,
        text_judgements={LORRIES: TextJudgement(judged(1.5), judged(0.0))},
    )
    deaf = replace(SECOND, unanswered_texts={LORRIES: "not-read"})
    found = pooled([reader, deaf], [survey(2, 1), survey(2, 2)], LOCKS, 0.2)
    assert isinstance(found, PanelMatrix)
    assert found.unanswered_texts == {}
    assert found.p_related_of_text(LORRIES) == pytest.approx(1 / (1 + math.exp(-3)))
    assert found.p_same_of_text(LORRIES) == pytest.approx(0.5)


def test_judges_that_know_nothing_together_are_no_panel() -> None:
    found = pooled([FIRST, SECOND], [survey(-2, 1), survey(-2, 2)], LOCKS, 0.2)
    assert found == NOT_TOLD_APART


def test_a_panel_is_read_as_it_was_kept(tmp_path: Path) -> None:
    found = replace(panel(), unanswered={})
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(found))
    again = read_matrix(path, LABELS)
    assert isinstance(again, PanelMatrix)
    assert again.lock == LOCKS
    for pair in found.judgements:
        assert again.p_related(pair) == found.p_related(pair)
        assert again.disagreement(pair) == found.disagreement(pair)
    assert again.calibration == found.calibration


def test_a_kept_panel_has_no_verdict_where_a_member_had_none(tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(panel()))
    again = read_matrix(path, LABELS)
    assert set(again.judgements) == {CARS_TRAMS, CARS_LAW}
    assert again.mean_relevance is None


def test_the_lock_changes_with_any_member() -> None:
    third = LOCK.model_copy(update={"digest": "3"})
    assert panel_lock([LOCK, third], RUBRIC) != LOCKS
    assert (LOCKS.backend, LOCKS.model) == ("panel", "a m + b m")
