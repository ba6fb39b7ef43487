"""A deadline, as a user meets it; SIGTERM itself is in `tests/test_interruptions.py`."""

import signal
import time
from pathlib import Path

import pytest
from running import assert_fails, evaluator, journaled
from small_run import ANSWERS_BEFORE_THE_GATE, GatedJudge, judge_command, write_predictions

from evaluator.cli.stopping import DeadlinePassed, within


def test_work_that_lasts_longer_is_stopped_where_it_is() -> None:
    started = time.monotonic()
    with pytest.raises(DeadlinePassed) as caught, within(0.2):
        time.sleep(60)
    assert time.monotonic() - started < 30
    assert caught.value.reason == "The --deadline of 0.2 s has passed"


def test_work_that_ends_in_time_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with within(0.05):
        pass
    time.sleep(0.1)
    assert signal.getsignal(signal.SIGALRM) is before
    with within(None):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_run_past_its_deadline_keeps_everything_and_says_so(tmp_path: Path) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    with GatedJudge() as judge:  # answers no more after a few questions
        command = [*judge_command(predictions, judge, tmp_path / "run"), "--deadline", 8]
        ended = evaluator(*command)
        assert ended.code == 143, ended.err
        last = ended.err.strip().splitlines()[-1]
        assert last == (
            "The --deadline of 8 s has passed; everything done so far is kept. Resume with: "
            f"evaluator {' '.join(map(str, command))}"
        )
        assert len(journaled(tmp_path / "run", "answers")) == ANSWERS_BEFORE_THE_GATE
        judge.open_gate()
        assert evaluator(*command[:-1], 60).code == 0


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e300"])
def test_a_deadline_is_some_time_from_now(tmp_path: Path, seconds: str) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    ended = evaluator("judge", "--predictions", predictions, "--deadline", seconds)
    assert_fails(ended, 2, "--deadline cannot be")
