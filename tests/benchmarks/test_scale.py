import json
import math

import numpy
import pytest

from benchmarks.results import FOLDER, Results, results_of
from benchmarks.scale import measure, rates
from benchmarks.scale.articles import answers_a_second, judge_questions_a_second
from benchmarks.scale.limits import limits
from benchmarks.scale.shards import GPU, reading_seconds, sharded_run
from benchmarks.scale.work import articles_shown, geval, label_calls, labels_alone
from benchmarks.table import shown


def test_what_is_saved_is_what_the_model_says_now() -> None:
    saved = Results.model_validate_json((FOLDER / "scale.json").read_bytes())
    assert as_shown(saved) == as_shown(results_of("scale", measure())), "save `scale` again"


def as_shown(results: Results) -> list[tuple[str, ...]]:
    return [tuple(map(shown, row)) for table in results.tables for row in table.cells]


def test_calls_are_those_that_were_counted_but_for_the_probes() -> None:
    cost = json.loads((FOLDER / "cost.json").read_text("utf-8"))["tables"][0]["rows"]
    counted = {(cases, way): calls for cases, way, calls, *_ in cost}
    assert label_calls(20) == 20 * 19 + 2 * 8 * 20 == counted[10_000, "ours"] - 2
    assert counted[100, "ours, first use of a judge"] - counted[100, "ours"] == (
        rates.FIRST_USE_QUESTIONS
    )


def test_labels_alone_cost_the_same_calls_whatever_the_cases() -> None:
    assert labels_alone(10**4).calls == labels_alone(10**8).calls == 700
    assert geval(10**4).calls == 10**4
    # 20 % of 10,000 cases miss, six questions each, and the label set's own.
    assert articles_shown(10**4).calls == pytest.approx(700 + 2_000 * 6)


def test_shards_are_as_unequal_as_a_binomial_makes_them() -> None:
    run = sharded_run(10**6, GPU, 100, numpy.random.default_rng(1))
    # The largest of 100 is about 2.5 deviations of sqrt(10,000) above 10,000.
    assert 1.015 < run.largest < 1.04
    assert run.busy < 100 * run.shard_seconds


def test_a_run_in_shards_takes_no_less_than_its_reading_and_its_share() -> None:
    run = sharded_run(10**7, GPU, 10, numpy.random.default_rng(1))
    share = 10**6 * rates.ARTICLE_TOKENS / rates.GPU_CLASSIFIED_TOKENS_A_SECOND
    assert share + run.reading < run.shard_seconds < 1.2 * (share + run.reading)


def test_many_shards_wait_for_the_storage_they_share() -> None:
    # In one piece 2 passes × 9.6 µs; in two shards one, and 12 µs for the half that is kept; of 100
    # all cases 100 times and each 3 times more, 961 bytes at 1 GB/s, are 99.0 µs a case.
    assert reading_seconds(10**6, 1) == pytest.approx(19.2)
    assert reading_seconds(10**6, 2) == pytest.approx(9.6 + 12 / 2)
    assert reading_seconds(10**6, 100) == pytest.approx(98.983)


def test_at_the_limit_of_storage_a_shard_classifies_as_long_as_it_waits() -> None:
    found = {one.what: one.at for one in limits()}
    shards = found["shards on GPUs wait for storage as long as they classify"]
    own = rates.ARTICLE_TOKENS / rates.GPU_CLASSIFIED_TOKENS_A_SECOND / shards
    # Each shard's pass and the three moves of its own, of 961 bytes at 1 GB/s.
    assert own == pytest.approx((shards + 3) * 961e-9)


def test_one_process_that_asks_bounds_the_pace_of_many_judges() -> None:
    draw = numpy.random.default_rng(1)
    alone, idle = answers_a_second(1, draw)
    many, waiting = answers_a_second(100, draw)
    assert alone == pytest.approx(judge_questions_a_second(), rel=0.05)
    assert many == pytest.approx(1 / rates.ASK_SECONDS, rel=0.02)
    assert idle < 0.1
    assert waiting > 0.9


def test_every_limit_is_a_number_with_where_it_comes_from() -> None:
    found = list(limits())
    assert all(math.isfinite(one.at) and one.follows_from for one in found)
    assert found[0].cells["from"] == "10,000 cases"
