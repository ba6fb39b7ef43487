"""A deadline, as a user meets it; SIGTERM itself is in `tests/test_interruptions.py`."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import assert_fails, ended, evaluator, journaled, start
from small_run import (
    ANSWERS_BEFORE_THE_GATE,
    GatedJudge,
    judge_command,
    wait_for_answers,
    write_predictions,
)

from evaluator.cli.stopping import DeadlinePassed, within


def test_work_that_lasts_longer_is_stopped_where_it_is() -> None:
    started = time.monotonic()
    with pytest.raises(DeadlinePassed) as caught, within(0.2):
        time.sleep(60)
    assert time.monotonic() - started < 30
    assert caught.value.reason == "The --deadline of 0.2 s has passed"


def test_work_that_ends_in_time_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with within(600):
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 600
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before
    with within(None):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


INTERRUPTED_AT_WORK = """
import asyncio
from evaluator.cli.progress import progress_for
from evaluator.cli.stopping import Terminated

async def ask():
    raise Terminated  # as the handler does when the signal comes at this moment

async def ask_all():
    async with asyncio.TaskGroup() as group:
        group.create_task(ask())

progress_for("text")
runner = asyncio.Runner()
for work in (ask_all(), asyncio.sleep(1)):  # the questions, and what is done at the end
    try:
        runner.run(work)
    except Terminated:
        print("told")
runner.close()
"""


def test_an_interruption_of_a_task_at_work_is_told_by_the_command_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_WORK], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("told\ntold\n", "")


def test_a_run_past_its_deadline_keeps_everything_and_says_so(tmp_path: Path) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    with GatedJudge() as judge:  # answers no more after a few questions
        command = [*judge_command(predictions, judge, tmp_path / "run"), "--deadline", 600]
        process = start(*command)
        wait_for_answers(tmp_path / "run", ANSWERS_BEFORE_THE_GATE, process)
        process.send_signal(signal.SIGALRM)  # as the timer does after that time
        stopped = ended(process)
        assert stopped.code == 143, stopped.err
        last = stopped.err.strip().splitlines()[-1]
        assert last == (
            "The --deadline of 600 s has passed; everything done so far is kept. Resume with: "
            f"evaluator {' '.join(map(str, command))}"
        )
        assert len(journaled(tmp_path / "run", "answers")) == ANSWERS_BEFORE_THE_GATE
        judge.open_gate()
        assert evaluator(*command).code == 0


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e300"])
def test_a_deadline_is_some_time_from_now(tmp_path: Path, seconds: str) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    ended = evaluator("judge", "--predictions", predictions, "--deadline", seconds)
    assert_fails(ended, 2, "--deadline cannot be")
