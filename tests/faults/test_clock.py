"""A wall clock that jumps by hours, and files from the future, change nothing."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from ollama_server import OllamaServer
from running import case_lines, ended, environment, evaluator, findings, journaled, start
from small_run import QUESTIONS, GatedJudge, asked, judge_command, wait_for_answers

GUARDS = Path(__file__).parent.parent / "guards"
JUMPING = {"PYTHONPATH": f"{GUARDS}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
JUMPING["JUMPING_CLOCK"] = "yes"


def test_the_guard_lets_the_wall_clock_jump_and_the_monotonic_one_go_on() -> None:
    code = (
        "import time; from evaluator.run import provenance\n"
        "steady = time.monotonic(); time.time()\n"
        "for _ in range(4): print(time.time(), provenance.datetime.now().timestamp())\n"
        "assert 0 <= time.monotonic() - steady < 60"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(JUMPING), capture_output=True, check=True
    )
    read = [float(word) for word in done.stdout.split()]
    jumps = [(after - before) / 3_600 for before, after in pairwise(read)]
    assert min(jumps) < -1_000 and max(jumps) > 1_000
    assert min(map(abs, jumps)) > 1


def test_a_jumping_clock_changes_no_result_no_timeout_and_no_resume(
    predictions: Path, undisturbed: Path, gated: GatedJudge, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    command = [*judge_command(predictions, gated, save_to), "--timeout", 30, "--retries", 0]
    killed = start(*command, env=JUMPING)
    wait_for_answers(save_to, 4, killed)
    killed.kill()
    ended(killed)
    heard = len(journaled(save_to, "answers"))
    gated.open_gate()
    gated.forget_requests()
    resumed = evaluator(*command, env=JUMPING)
    assert resumed.code == 0, resumed.err
    assert asked(gated).total() == QUESTIONS - heard
    assert findings(save_to) == findings(undisturbed)
    assert case_lines(save_to) == case_lines(undisturbed)
    record = json.loads((save_to / "run.json").read_bytes())
    assert all(0 <= seconds < 900 for seconds in record["timings"].values())
    started, finished = (
        datetime.fromisoformat(record[name]) for name in ("started_at", "finished_at")
    )
    assert abs((finished - started).total_seconds()) > 1_800  # the clock did jump between them
    for answer in journaled(save_to, "answers"):
        assert 0 <= answer["seconds"] < 900


def test_files_from_the_future_are_continued(
    predictions: Path, undisturbed: Path, server: OllamaServer, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, server, save_to)
    assert evaluator(*command).code == 0
    server.forget_requests()
    record = json.loads((save_to / "run.json").read_bytes())
    record["started_at"] = record["finished_at"] = "2150-01-01T00:00:00+00:00"
    (save_to / "run.json").write_text(json.dumps(record))
    tomorrow = time.time() + 24 * 3_600
    for path in (predictions, save_to, *save_to.rglob("*")):
        os.utime(path, (tomorrow, tomorrow))
    again = evaluator(*command)
    assert again.code == 0, again.err
    assert asked(server).total() == 0
    assert findings(save_to) == findings(undisturbed)
