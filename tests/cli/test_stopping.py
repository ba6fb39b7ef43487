"""Where signals end a command, and a deadline; more is in `tests/test_interruptions.py`."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from running import PATIENCE, assert_fails, ended, evaluator, journaled, start
from small_run import (
    ANSWERS_BEFORE_THE_GATE,
    GatedJudge,
    judge_command,
    wait_for_answers,
    write_predictions,
)

from evaluator.cli.stopping import DeadlinePassed, Terminated, stoppable, within


@pytest.fixture
def _own_signals() -> Iterator[None]:
    """What signals do to the tests themselves is as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    # What runs in the background of a shell is deaf to Ctrl-C, and so may be the tests.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_own_signals")
@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
def test_an_import_in_which_a_signal_comes_is_ended_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, error: type
) -> None:
    name = f"signalled_by_{number.name}"
    content = f"import signal\nsignal.raise_signal({int(number)})\nis_whole = True\n"
    (tmp_path / f"{name}.py").write_text(content, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    imported = []

    def work() -> None:
        imported.append(import_module(name).is_whole)
        time.sleep(PATIENCE)

    started = time.monotonic()
    with pytest.raises(error):
        stoppable(work)
    assert imported == [True]
    assert time.monotonic() - started < PATIENCE / 2


SIGNALLED_WITH_THE_LOCK_OF_IMPORTS = """
import _imp, os, signal, sys, threading, time
from importlib import import_module
from evaluator.cli.stopping import Terminated, stoppable

def signal_once(frame, event, called):
    if event == "c_return" and called is _imp.acquire_lock:
        sys.setprofile(None)
        signal.raise_signal(signal.SIGTERM)

def work():
    sys.setprofile(signal_once)
    import_module("colorsys")
    time.sleep(600)

try:
    stoppable(work)
except Terminated:
    other = threading.Thread(target=import_module, args=("chunk_of_no_package",), daemon=True)
    threading.excepthook = lambda failed: None
    other.start()
    other.join(30)
    print("hangs" if other.is_alive() else "goes on", flush=True)
os._exit(0)
"""


def test_after_a_signal_at_the_lock_of_imports_another_thread_can_still_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED_WITH_THE_LOCK_OF_IMPORTS],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("goes on\n", "")


@pytest.mark.usefixtures("_own_signals")
def test_an_event_loop_is_ended_between_two_steps() -> None:
    steps = []

    async def work() -> None:
        signal.raise_signal(signal.SIGTERM)
        steps.append("ended")
        await asyncio.sleep(PATIENCE)
        steps.append("not reached")

    with pytest.raises(Terminated):
        stoppable(lambda: asyncio.run(work()))
    assert steps == ["ended"]


@pytest.mark.usefixtures("_own_signals")
def test_a_signal_at_the_last_step_of_an_event_loop_ends_what_follows() -> None:
    async def last_step() -> None:
        signal.raise_signal(signal.SIGTERM)

    def work() -> None:
        with asyncio.Runner() as runner:
            runner.run(last_step())
            time.sleep(PATIENCE)

    with pytest.raises(Terminated):
        stoppable(work)


@pytest.mark.usefixtures("_own_signals")
def test_the_ending_is_not_ended() -> None:
    with pytest.raises(Terminated):
        stoppable(lambda: signal.raise_signal(signal.SIGTERM))
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("_own_signals")
def test_what_is_deaf_to_ctrl_c_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stoppable(lambda: signal.raise_signal(signal.SIGINT))
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


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
