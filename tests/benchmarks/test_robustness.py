import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from benchmarks.robustness.finding import FamilyRow, Rate, RateRow, injection_flips, null_positives
from benchmarks.robustness.injections import injection_sentences
from benchmarks.robustness.item import Holds, Item
from benchmarks.robustness.items import hostile_items
from benchmarks.robustness.judged import JudgedItem
from evaluator.report.case_line import CaseLine

ROOT = Path(__file__).parent.parent.parent


def line(score: float | None, level: str | None = None) -> CaseLine:
    return CaseLine(
        id="0",
        gold="cars",
        predicted="x",
        confidence=None,
        score=score,
        level=level,
        p_related=None,
        p_same=None,
        flags=(),
    )


def judged(
    holds: Holds,
    score: float | None,
    base: float | None = None,
    *,
    unscored_allowed: bool = False,
    levels: tuple[str | None, str | None] = (None, None),
) -> JudgedItem:
    item = Item(
        "family",
        "set",
        "tuned",
        "x",
        "cars",
        holds,
        None if base is None else "y",
        unscored_allowed,
        base is not None,
    )
    based = None if base is None else line(base, levels[0])
    return JudgedItem(item, line(score, levels[1]), based, honest=0.2)


def test_items_are_many_in_both_halves_and_the_same_in_another_process() -> None:
    items = hostile_items()
    code = "from benchmarks.robustness.items import hostile_items; print(repr(hostile_items()))"
    elsewhere = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    assert elsewhere.stdout.decode().rstrip("\n") == repr(items)
    assert len(items) >= 600
    families = groupby(sorted(items, key=lambda item: item.family), key=lambda item: item.family)
    for family, members in families:
        assert {item.half for item in members} == {"tuned", "held out"}, family


def test_items_meet_all_label_sets_and_have_something_to_compare_with() -> None:
    items = hostile_items()
    assert {item.labels for item in items} == {"20 Newsgroups", "topics", "topics-ja"}
    assert all((item.base is None) == (item.holds == "must-not-pass") for item in items)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_sentence_is_both_tuned_and_held_out(language: str) -> None:
    sentences = injection_sentences(language)
    assert not set(sentences.tuned) & set(sentences.held_out)


@pytest.mark.parametrize(
    ("one", "broken"),
    [
        (judged("must-not-pass", 0.8), True),
        (judged("must-not-pass", 0.79), False),
        (judged("must-not-pass", None), True),
        (judged("must-not-pass", None, unscored_allowed=True), False),
        (judged("must-not-gain", 0.35, 0.2), True),
        (judged("must-not-gain", 0.25, 0.2), False),
        (judged("must-not-gain", 0.25, 0.2, levels=("unrelated", "related")), True),
        (judged("must-not-gain", 0.1, 0.2, levels=("related", "unrelated")), False),
        (judged("must-equal", 0.2, 0.2), False),
        (judged("must-equal", 0.1, 0.2), True),
    ],
)
def test_an_item_is_broken_where_what_must_hold_does_not(one: JudgedItem, broken: bool) -> None:
    assert one.is_broken is broken


def test_rates_count_what_must_not_pass_and_what_was_added_to_a_prediction() -> None:
    items = [
        judged("must-not-pass", 0.9),
        judged("must-not-pass", 0.0),
        judged("must-not-gain", 0.5, 0.1),
        judged("must-not-gain", 0.1, 0.1),
        judged("must-not-gain", None, 0.1, unscored_allowed=True),
    ]
    assert (null_positives(items), injection_flips(items)) == (Rate(1, 2), Rate(1, 3))
    cells = FamilyRow("family", tuple(items)).cells
    # Above 0.2, the mean of wrong labels, are 0.9 and 0.5.
    assert (cells["pass"], cells["above a wrong label"], cells["unscored"]) == (1, 2, 1)


def test_a_target_is_missed_by_the_items_held_out_alone() -> None:
    none, one = Rate(0, 100), Rate(1, 100)
    assert RateRow("rate", 0.01, one, one, one).met
    assert not RateRow("rate", 0.005, none, one, Rate(1, 200)).met


def test_a_rate_is_shown_with_its_interval() -> None:
    # Wilson: z = 1.96; (0.0 + 1.92) / 103.84 = 1.85 % is the middle and the half width.
    assert str(Rate(0, 100)) == "0 of 100: 0.0 % (0.0–3.7)"
