"""A disk that takes seconds to force anything, as one behind a network does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from running import ended, environment, evaluator, findings, journaled, start
from small_run import QUESTIONS, GatedJudge, asked, judge_command, wait_for_answers

GRACE = 10.0
"""Seconds from SIGTERM to SIGKILL that a pod gets from who deletes it in a hurry."""

SOON = 60.0
"""Seconds that no judge is waited for: its answers may take twice as long."""

GUARDS = Path(__file__).parent.parent / "guards"
SLOW = {"PYTHONPATH": f"{GUARDS}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
SECONDS = 1.5
SLOW["SLOW_FSYNC"] = str(SECONDS)


def test_the_guard_makes_every_fsync_slow() -> None:
    code = (
        "import os, time; began = time.monotonic()\n"
        "os.fsync(os.open('.', 0)); print(time.monotonic() - began)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(SLOW), capture_output=True, check=True
    )
    assert float(done.stdout) >= SECONDS


def test_terminated_while_its_judge_hangs_and_its_disk_is_slow_it_ends_within_a_pods_grace(
    predictions: Path, undisturbed: Path, gated: GatedJudge, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, gated, save_to)
    fsyncs = tmp_path / "fsyncs"
    process = start(*command, env={**SLOW, "FSYNCS": str(fsyncs)})
    wait_for_answers(save_to, 4, process)
    before, sent = fsyncs.stat().st_size, time.monotonic()
    process.send_signal(signal.SIGTERM)
    terminated = ended(process)
    assert time.monotonic() - sent < SOON
    # On a machine that is slow in all else, too, what is left of the grace is enough.
    assert (fsyncs.stat().st_size - before) * SECONDS < GRACE / 2
    assert terminated.code == 143, terminated.err
    assert "Resume with: evaluator" in terminated.err
    kept = len(journaled(save_to, "answers"))
    gated.open_gate()
    gated.forget_requests()
    assert evaluator(*command).code == 0
    assert asked(gated).total() == QUESTIONS - kept
    assert findings(save_to) == findings(undisturbed)
